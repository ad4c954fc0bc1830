# Gateways that are installed to be measured beside larder (bench/hit/run.sh
# --peers), each in a directory that is kept. They run as the caller, with
# nothing of his environment. Versions are fixed, so that a figure has a name.
# shellcheck shell=sh

PORTKEY=@portkey-ai/gateway@1.15.2
# From before the releases that somebody else had put poison into (1.82.7 on).
LITELLM=litellm==1.82.6
peers_keep=$builddir/bench/hit/peers

# peer_start NAME PORT COMMAND...
peer_start() {
	peer=$1 peer_port=$2
	shift 2
	mkdir -p "$T/home"
	AS='' start "$peer" env -i PATH="$PATH" HOME="$T/home" LC_ALL=C.UTF-8 \
		NO_PROXY='*' "$@"
	until_true 90 peer_settled || return 1
	running "$(pid_of "$peer")"
}
peer_settled() {
	answers "http://127.0.0.1:$peer_port/" || ended "$(pid_of "$peer")"
}

portkey_start() {
	find_program npm >/dev/null || { skip_row portkey "no npm here"; return; }
	mkdir -p "$peers_keep"
	[ -d "$peers_keep/node_modules/@portkey-ai/gateway" ] ||
		npm install --prefix "$peers_keep" --no-save --no-package-lock \
			--ignore-scripts --no-audit --no-fund --loglevel=error \
			$PORTKEY >"$T/npm.log" 2>&1 ||
		{ skip_row portkey "npm could not install $PORTKEY"; return; }
	PORTKEY_PORT=$(port)
	peer_start portkey "$PORTKEY_PORT" TRUSTED_CUSTOM_HOSTS=127.0.0.1 \
		NODE_ENV=production node \
		"$peers_keep/node_modules/@portkey-ai/gateway/build/start-server.js" \
		--headless "--port=$PORTKEY_PORT" ||
		{ skip_row portkey "it does not start"; return; }
	rows="$rows portkey"
}
# It has no cache of its own: it asks nginx, whose answer costs it nothing.
row_portkey() {
	[ "$1" = 2 ] || return 0
	row hit portkey "$@" --pid portkey="$(pid_of portkey)" \
		--header 'x-portkey-provider: openai' \
		--header "x-portkey-custom-host: http://127.0.0.1:$ORIGIN/v1" \
		"$PORTKEY_PORT" /v1/chat/completions
}

litellm_start() {
	mkdir -p "$peers_keep"
	[ -x "$peers_keep/venv/bin/litellm" ] || {
		python3 -m venv "$peers_keep/venv" &&
			"$peers_keep/venv/bin/pip" install -q \
				--disable-pip-version-check \
				--only-binary :all: "litellm[proxy]${LITELLM#litellm}"
	} >"$T/pip.log" 2>&1 ||
		{ skip_row litellm "pip could not install $LITELLM"; return; }
	LITELLM_PORT=$(port)
	cat >"$T/litellm.yaml" <<-END
	model_list:
	  - model_name: gpt-test
	    litellm_params:
	      model: openai/gpt-test
	      api_base: http://127.0.0.1:$ORIGIN/v1
	      api_key: none
	litellm_settings:
	  telemetry: false
	  cache: true
	  cache_params:
	    type: local
	END
	peer_start litellm "$LITELLM_PORT" LITELLM_LOCAL_MODEL_COST_MAP=True \
		LITELLM_LOG=ERROR LITELLM_MODE=PRODUCTION \
		"$peers_keep/venv/bin/litellm" --config "$T/litellm.yaml" \
		--host 127.0.0.1 --port "$LITELLM_PORT" --num_workers 1 \
		--telemetry False ||
		{ skip_row litellm "it does not start"; return; }
	rows="$rows litellm"
}
row_litellm() {
	[ "$1" = 2 ] || return 0
	row hit litellm "$@" --pid litellm="$(pid_of litellm)" \
		--must x-litellm-cache-key "$LITELLM_PORT" /v1/chat/completions
}
