#!/bin/sh
# Starts larder by spawn-fcgi, in the foreground, for a web server that
# speaks FastCGI to the socket. As root name a user for larder and the web
# server's group for the socket:
#     LARDER_USER=larder LARDER_GROUP=www-data contrib/spawn-fcgi.sh
set -eu

export LARDER_CONF="${LARDER_CONF:-/etc/larder/larder.conf}"
program=${LARDER:-/usr/local/bin/larder}
socket=${LARDER_SOCKET:-/run/larder/larder.sock}

exec spawn-fcgi -n -s "$socket" -M 0660 -b 1024 \
	${LARDER_USER:+-u "$LARDER_USER"} ${LARDER_GROUP:+-G "$LARDER_GROUP"} \
	-- "$program"
