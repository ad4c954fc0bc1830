# Web servers with larder behind them, each with the very file contrib/ ships
# (only its paths replaced). door_start leaves BASE, DOOR and SERVER.
# shellcheck shell=sh

: "${APACHE_MODULES:=/usr/lib/apache2/modules}"

# contrib FILE: prints it with the test's paths.
contrib() {
	sed -e "s|/run/larder/larder\.sock|$T/larder.sock|g" \
		-e "s|/run/lighttpd/larder\.sock|$T/lighttpd.sock|g" \
		-e "s|/usr/local/bin/larder|$LARDER|g" \
		-e "s|/home/me/larder/bin/larder|$LARDER|g" \
		-e "s|/etc/larder/larder\.conf|$T/larder.conf|g" \
		-e "s|/home/me/larder/larder\.conf|$T/larder.conf|g" \
		"$srcdir/contrib/$1"
}

# --- What web servers of their own reach through a socket ------------------

socket_up() { is_socket "$T/larder.sock" || ended "$(pid_of larder)"; }
socket_wait() {
	until_true 20 socket_up || broken "larder does not listen"
	is_socket "$T/larder.sock" || broken "larder ended at once"
}

serve_start() {
	start larder "$LARDER" serve --config "$T/larder.conf"
	socket_wait
}

spawn_fcgi_start() {
	need spawn-fcgi
	cp "$srcdir/contrib/spawn-fcgi.sh" "$T/bin/" # where its user may read it
	start larder env LARDER="$LARDER" LARDER_SOCKET="$T/larder.sock" \
		LARDER_CONF="$T/larder.conf" "$T/bin/spawn-fcgi.sh"
	socket_wait
}

# Socket activation as larder.socket and larder.service would do it.
systemd_start() {
	need systemd-socket-activate
	contrib systemd/larder.service >"$T/larder.service"
	contrib systemd/larder.socket >"$T/larder.socket"
	start larder systemd-socket-activate \
		-l "$(sed -n 's/^ListenStream=//p' "$T/larder.socket")" \
		-E "$(sed -n 's/^Environment=//p' "$T/larder.service")" \
		"$(sed -n 's/^ExecStart=//p' "$T/larder.service")"
	socket_wait
}

# --- The web servers -------------------------------------------------------

# nginx_start [kept]: with upstream.conf, as it says.
nginx_start() {
	contrib nginx/larder.conf >"$T/larder-location.conf"
	: >"$T/larder-upstream.conf"
	if [ "${1:-}" = kept ]; then
		contrib nginx/upstream.conf >"$T/larder-upstream.conf"
		sed -i 's|fastcgi_pass .*|fastcgi_pass larder;|' \
			"$T/larder-location.conf"
	fi
	cat >"$T/nginx.conf" <<-END
	daemon off;
	pid $T/nginx.pid;
	worker_processes 1;
	error_log stderr warn;
	events { worker_connections ${NGINX_CONNECTIONS:-512}; }
	http {
		access_log off;
		client_body_temp_path $T/nginx-body;
		fastcgi_temp_path $T/nginx-fastcgi;
		proxy_temp_path $T/nginx-proxy;
		scgi_temp_path $T/nginx-scgi;
		uwsgi_temp_path $T/nginx-uwsgi;
		include $T/larder-upstream.conf;
		server {
			listen 127.0.0.1:$PORT;
			include $T/larder-location.conf;
		}
	}
	END
	start server "$(find_program nginx)" -e stderr -c "$T/nginx.conf"
}

# Follows the comment at the end of contrib/apache/htaccess.
htaccess_fcgid() {
	contrib apache/htaccess |
		sed -e '/^AddHandler/d; /^SetEnv/d; /^RewriteRule/d' \
			-e 's/^# *\(AddHandler fcgid.*\)/\1/' \
			-e 's/^# *\(RewriteRule .*fcgi.*\)/\1/' \
			>"$T/www/.htaccess"
	contrib apache/htaccess | sed -n 's/^#  *\(#!.*\)/\1/p
		s/^#  *\(LARDER_CONF=.*\)/\1/p' >"$T/www/larder.fcgi"
	chmod 755 "$T/www/larder.fcgi"
}

# apache_start FILE MODULE...
apache_start() {
	apache_file=$1
	shift
	cat >"$T/apache.conf" <<-END
	ServerRoot "$T"
	ServerName 127.0.0.1
	Listen 127.0.0.1:$PORT
	DefaultRuntimeDir "$T"
	PidFile "$T/apache.pid"
	Mutex file:$T default
	ErrorLog "$T/apache-error.log"
	DocumentRoot "$T/www"
	END
	for m in mpm_event authz_core alias env setenvif "$@"; do
		[ -f "$APACHE_MODULES/mod_$m.so" ] ||
			skip "Apache has no mod_$m here"
		echo "LoadModule ${m}_module $APACHE_MODULES/mod_$m.so"
	done >>"$T/apache.conf"
	cat >>"$T/apache.conf" <<-END
	<IfModule cgid_module>
		ScriptSock "$T/cgid.sock"
	</IfModule>
	<IfModule mime_module>
		TypesConfig /dev/null
	</IfModule>
	<IfModule fcgid_module>
		FcgidIPCDir "$T/fcgid"
		FcgidProcessTableFile "$T/fcgid.shm"
	</IfModule>
	<Directory "/">
		AllowOverride None
		Require all denied
	</Directory>
	<Directory "$T/www">
		AllowOverride All
		Require all granted
	</Directory>
	END
	case $apache_file in
	htaccess)
		contrib apache/htaccess >"$T/www/.htaccess"
		ln -sf "$LARDER" "$T/www/larder.cgi"
		;;
	htaccess-fcgid)
		htaccess_fcgid
		;;
	*)
		contrib "apache/$apache_file" >>"$T/apache.conf"
		;;
	esac
	start server "$(find_program apache2)" -f "$T/apache.conf" -D FOREGROUND
}

lighttpd_start() {
	contrib "lighttpd/$1" >"$T/larder-lighttpd.conf"
	cat >"$T/lighttpd.conf" <<-END
	server.bind = "127.0.0.1"
	server.port = $PORT
	server.document-root = "$T/www"
	server.upload-dirs = ( "$T" )
	server.errorlog = "$T/lighttpd-error.log"
	${LIGHTTPD_MORE:-}
	include "$T/larder-lighttpd.conf"
	END
	start server "$(find_program lighttpd)" -D -f "$T/lighttpd.conf"
}

# --- Doors: how larder is started, which server, its start ------------------

# DOOR | server | what runs by itself | start of the server
doors='
nginx        nginx    serve_start      nginx_start
spawn-fcgi   nginx    spawn_fcgi_start nginx_start kept
systemd      nginx    systemd_start    nginx_start
apache-proxy apache2  serve_start      apache_start proxy_fcgi.conf proxy proxy_fcgi
apache-fcgid apache2  :                apache_start fcgid.conf fcgid
apache-cgi   apache2  :                apache_start cgi.conf cgid
htaccess     apache2  :                apache_start htaccess cgid rewrite mime
htaccess-fcgid apache2 :               apache_start htaccess-fcgid fcgid rewrite mime
lighttpd     lighttpd :                lighttpd_start fastcgi.conf
lighttpd-cgi lighttpd :                lighttpd_start cgi.conf
'

door_answers() { [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' \
	"$BASE/larder/health")" = 200 ]; }
door_settled() { door_answers || ended "$(pid_of server)"; }

# door_start DOOR: with $T/larder.conf. A port that was taken meanwhile shows
# as a server that ends; then another is tried.
door_start() {
	DOOR=$1
	# shellcheck disable=SC2046
	set -- $(echo "$doors" | grep "^$1 ") || broken "no door $1"
	SERVER=$2 door_larder=$3
	shift 3
	need "$SERVER"
	mkdir -p "$T/www" "$T/fcgid"
	own "$T"
	"$door_larder"
	for door_try in 1 2 3 4 5; do
		PORT=$("$HELPER" port)
		BASE=http://127.0.0.1:$PORT
		"$@"
		until_true 15 door_settled || broken "$DOOR does not answer"
		running "$(pid_of server)" && return
		stop server
	done
	broken "$SERVER does not answer after $door_try tries"
}

door_stop() {
	stop server
	if [ -f "$T/pids/larder" ]; then stop larder; fi
	rm -f "$T/larder.sock"
}
