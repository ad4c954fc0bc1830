#!/bin/sh
# Upstreams behind TLS: whom larder believes, and that what it believed by one
# configured authority does not count for another. A credential is sent only
# after that: what is refused never reaches the upstream.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

need nginx openssl
fake_start

# cert NAME SUBJECT-ALT-NAME: one that is its own authority.
cert() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -keyout "$T/$1.key" -out "$T/$1.pem" -days 2 \
		-subj "/CN=$1" -addext "subjectAltName=$2" 2>/dev/null ||
		broken "openssl makes no certificate"
}

# The same, but of the past.
cert_old() {
	cat >"$T/ca.conf" <<-END
	[ca]
	default_ca = d
	[d]
	database = $T/ca.index
	serial = $T/ca.serial
	new_certs_dir = $T
	default_md = sha256
	policy = p
	x509_extensions = x
	[p]
	commonName = supplied
	[x]
	basicConstraints = CA:TRUE
	subjectAltName = $2
	END
	: >"$T/ca.index"
	echo 01 >"$T/ca.serial"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -keyout "$T/$1.key" -out "$T/$1.csr" -subj "/CN=$1" \
		2>/dev/null || broken "openssl makes no request"
	openssl ca -batch -selfsign -config "$T/ca.conf" -in "$T/$1.csr" \
		-keyfile "$T/$1.key" -out "$T/$1.pem" -notext \
		-startdate 20200101000000Z -enddate 20200102000000Z \
		2>/dev/null || broken "openssl makes no old certificate"
}

cert right IP:127.0.0.1
cert other IP:127.0.0.1
cert name DNS:other.test
cert_old old IP:127.0.0.3

# In front of the fake, one address each; the last speaks no TLS at all.
front() {
	cat <<-END
	server {
		listen $1:$TLS_PORT ssl;
		ssl_certificate $T/$2.pem;
		ssl_certificate_key $T/$2.key;
		location / { proxy_pass $FAKE_URL; }
	}
	END
}
front_start() {
	cat >"$T/front.conf" <<-END
	daemon off;
	pid $T/front.pid;
	worker_processes 1;
	error_log stderr warn;
	events { worker_connections 64; }
	http {
		log_format c '\$connection \$ssl_session_reused \$status';
		access_log $T/front.requests.log c;
		client_body_temp_path $T/front-body;
		fastcgi_temp_path $T/front-fastcgi;
		proxy_temp_path $T/front-proxy;
		scgi_temp_path $T/front-scgi;
		uwsgi_temp_path $T/front-uwsgi;
		$(front 127.0.0.1 right)
		$(front 127.0.0.2 name)
		$(front 127.0.0.3 old)
		server { listen 127.0.0.4:$TLS_PORT; return 200; }
	}
	END
	own "$T"
	start front "$(find_program nginx)" -e stderr -c "$T/front.conf"
}
front_answers() { curl -sk -m 5 -o /dev/null "https://127.0.0.1:$TLS_PORT/"; }
front_settled() { front_answers || ended "$(pid_of front)"; }

for try in 1 2 3 4 5; do
	TLS_PORT=$("$HELPER" port)
	front_start
	until_true 15 front_settled || broken "no front"
	if running "$(pid_of front)"; then break; fi
	[ $try -lt 5 ] || broken "no front after $try tries"
	stop front
done

# upstream NAME ADDRESS CA: with a model of the same name.
upstream() {
	cat <<-END
	[upstream $1]
	provider = openai
	url = https://$2:$TLS_PORT/v1
	retries = 0
	breaker_failures = 0
	${3:+ca_file = $T/$3.pem}
	[model m-$1]
	upstream = $1
	END
}
conf_write 's/^workers = .*/workers = 1/; s/^threads = .*/threads = 1/'
{
	upstream right 127.0.0.1 right
	upstream other 127.0.0.1 other
	upstream system 127.0.0.1 ''
	upstream name 127.0.0.2 name
	upstream old 127.0.0.3 old
	upstream plain 127.0.0.4 right
} >>"$T/larder.conf"
own "$T"
door_start nginx

# talk MODEL
n=0
talk() {
	n=$((n + 1))
	post /v1/chat/completions '{"model":"m-'"$1"'","messages":[{"role":
		"user","content":"no '$n'"}]}'
}

# One thread: all of this is one lane, with the connections it kept.
: >"$T/front.requests.log"
talk right
code 200
talk right
code 200
for m in other system; do
	talk $m
	code 502
	refused_as openai
	talk right
	code 200
done
is 4 "$(wc -l <"$T/front.requests.log")" "requests that came through TLS"
is 1 "$(cut -d' ' -f1 "$T/front.requests.log" | sort -u | wc -l)" \
	"connections they came on"
say "ok   an authority is one upstream's own"

# Each in a process of its own, whose log says why.
count=$(fake_count)
refuses() {
	stop larder
	rm -f "$T/larder.sock"
	serve_start
	talk "$1"
	code 502
	refused_as openai
	is upstream_unreachable "$(jq -r .error.code "$T/body")" "code"
	grep -qi "could not connect to 127.0.0.* port $TLS_PORT (.*$2" \
		"$T/larder.log" || fail "$1: no line with \"$2\" in the log"
	is "$count" "$(fake_count)" "requests that reached the upstream"
	say "ok   $1"
}
refuses other 'certificate'
refuses system 'self.signed certificate'
refuses name "subject name does not match\|no alternative certificate subject name matches"
refuses old 'certificate has expired'
refuses plain 'wrong version number\|SSL'
