# Looks at a page in headless Chromium. Source it after lib.sh.
# shellcheck shell=sh

chromium_find() {
	for p in chromium chromium-browser google-chrome; do
		if CHROMIUM=$(find_program $p); then return; fi
	done
	CHROMIUM=
}

# chromium_dom FILE: what the browser makes of it, in $T/dom; what it
# complained about (a policy, a script, something that is not there) in
# $T/console. No name resolves, so nothing is fetched from anywhere.
chromium_dom() {
	$AS env HOME="$T/home" timeout 60 "$CHROMIUM" --headless=new \
		--no-sandbox --disable-gpu --hide-scrollbars --disable-dev-shm-usage \
		--user-data-dir="$T/home/chromium" --no-first-run \
		--disable-background-networking --disable-extensions \
		--disable-component-update --disable-sync \
		--host-resolver-rules='MAP * ~NOTFOUND' \
		--allow-file-access-from-files --virtual-time-budget=5000 \
		--enable-logging=stderr --dump-dom "file://$1" \
		>"$T/dom" 2>"$T/chromium.err" || broken "chromium: $(tail -n 3 "$T/chromium.err")"
	grep CONSOLE "$T/chromium.err" >"$T/console" || :
}

# page_fits FILE PIXELS: a window of that width has no need to scroll
# sideways, and the page has an SVG in it that is drawn.
page_fits() {
	cat >"$T/frame.html" <<-END
	<!doctype html><title>?</title>
	<iframe src="file://$1" width="$2" height="740" style="border:0"
	onload="let d = this.contentDocument;
	document.title = [d.documentElement.scrollWidth,
		d.querySelectorAll('svg[role=img]').length,
		[...d.querySelectorAll('.card,figure,li')].filter(e =>
			e.scrollWidth > e.clientWidth + 1).length]"></iframe>
	END
	own "$T/frame.html"
	chromium_dom "$T/frame.html"
	fits=$(sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' "$T/dom")
	case $fits in
	"$2",[1-9]*,0) ;;
	*) fail "at $2 px: width, drawings, things too wide: $fits" ;;
	esac
}

# page_alone FILE: nothing in it points elsewhere, and the browser has nothing
# to say about it.
page_alone() {
	! grep -nE '<[^>]*(https?:|src=)|<script|@import|url\(' "$1" >&2 ||
		fail "the page wants something from elsewhere"
	if [ -n "$CHROMIUM" ]; then
		chromium_dom "$1"
		[ ! -s "$T/console" ] || fail "console: $(cat "$T/console")"
		page_fits "$1" 360
		page_fits "$1" 1280
	fi
}

mkdir -p "$T/home"
own "$T/home"
chromium_find
