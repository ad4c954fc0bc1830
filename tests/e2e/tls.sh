# The scripted upstream behind TLS, with certificates that are good, expired,
# or another's. Source it after lib.sh and fake_start.
# shellcheck shell=sh

# tls_certificate NAME DAYS SUBJECT-ALTERNATIVE: signed by $T/ca.pem.
tls_certificate() {
	printf 'subjectAltName=%s\n' "$3" >"$T/$1.ext"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/$1.key" -out "$T/$1.csr" -subj "/CN=$1" &&
		openssl x509 -req -in "$T/$1.csr" -CA "$T/ca.pem" \
			-CAkey "$T/ca.key" -CAcreateserial -days "$2" \
			-extfile "$T/$1.ext" -out "$T/$1.pem"
}

tls_certificates() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$T/ca.key" -out "$T/ca.pem" -days 2 -subj /CN=ca &&
		tls_certificate good 2 IP:127.0.0.1 &&
		tls_certificate expired -1 IP:127.0.0.1 &&
		tls_certificate other 2 DNS:other.example
}

# A listener for each; the first certificate is the default's. nginx says which
# port was taken meanwhile, and then another is tried.
tls_server() {
	tls_port=$("$HELPER" port)
	cat <<-END
	server {
		listen 127.0.0.1:$tls_port ssl;
		ssl_certificate $T/$1.pem;
		ssl_certificate_key $T/$1.key;
		location / { proxy_pass $FAKE_URL; proxy_buffering off; }
	}
	END
	echo "$tls_port" >"$T/$1.port"
}
tls_answers() {
	curl -s -m 5 -o /dev/null --cacert "$T/ca.pem" \
		"https://127.0.0.1:$(cat "$T/good.port")/fake/count"
}
tls_settled() { tls_answers || ended "$(pid_of tls)"; }

# tls_start: leaves the ports in $T/good.port, expired.port and other.port.
tls_start() {
	need openssl nginx
	tls_certificates >"$T/openssl.log" 2>&1 || broken "no certificates"
	own "$T"
	for tls_try in 1 2 3 4 5; do
		{
			cat <<-END
			daemon off;
			pid $T/tls.pid;
			worker_processes 1;
			error_log stderr crit;
			events { worker_connections 64; }
			http {
			access_log off;
			client_body_temp_path $T/tls-body;
			proxy_temp_path $T/tls-proxy;
			fastcgi_temp_path $T/tls-fastcgi;
			scgi_temp_path $T/tls-scgi;
			uwsgi_temp_path $T/tls-uwsgi;
			END
			tls_server good
			tls_server expired
			tls_server other
			echo '}'
		} >"$T/tls.conf"
		start tls "$(find_program nginx)" -e stderr -c "$T/tls.conf"
		until_true 15 tls_settled || broken "no TLS"
		running "$(pid_of tls)" && return
		stop tls
	done
	broken "no TLS after $tls_try tries"
}
