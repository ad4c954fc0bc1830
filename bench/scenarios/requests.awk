# The requests of one scenario, in the order they are made:
#   awk -v n=REQUESTS -v repeats=PERCENT -v tokens=TOKENS -v model=NAME \
#       -v seed=N -v dir=DIRECTORY -f requests.awk
# writes each question's bodies to DIRECTORY and prints a line for each
# request: its question, and the body with which it is asked. All questions
# are of one size, so that the share of repeats is their share of the bill. A
# token is four bytes, as the scripted provider counts.

BEGIN {
	apps = 4 # each with a system prompt of its own
	questions = int(n * (100 - repeats) / 100 + 0.5)
	for (i = 0; i < questions; i++)
		write_question(i)
	asked = 0
	for (i = 0; i < n; i++) {
		# As many new ones as are left, on as many places as are left.
		if (asked == 0 || rnd(n - i) < questions - asked)
			ask(asked++, "plain")
		else
			ask_again(rnd(asked))
	}
}

function rnd(most) { # the minimal standard generator; 0 .. most - 1
	seed = (seed * 16807) % 2147483647
	return seed % most
}

function name(q) { return sprintf("q%06d", q) }
function body(q, form) { return dir "/" name(q) "." form ".json" }

# One in five comes with its members in another order and with blanks, one in
# five as a stream.
function ask_again(q,  how) {
	how = rnd(5)
	ask(q, how == 0 ? "turned" : how == 1 ? "stream" : "plain")
}

function ask(q, form) { print name(q), body(q, form) }

function words(want, first,  s) {
	s = first
	while (length(s) < want)
		s = s " " substr("rulesofthehouseareheeded", 1 + rnd(16), 7)
	return substr(s, 1, want)
}

function write_question(q,  app, sys, user, file) {
	app = rnd(apps)
	if (!(app in text))
		text[app] = words(tokens * 4, "You help with product " app ".")
	sys = "{\"role\":\"system\",\"content\":\"" text[app] "\"}"
	user = "{\"role\":\"user\",\"content\":\"" \
		words(180, "[[out 150]]" name(q)) "\"}"
	file = body(q, "plain")
	printf "{\"model\":\"%s\",\"messages\":[%s,%s],\"temperature\":0}", \
		model, sys, user >file
	close(file)
	file = body(q, "turned")
	printf "{ \"temperature\": 0.0,\n \"messages\": [%s, %s], \"model\": " \
		"\"%s\" }\n", sys, user, model >file
	close(file)
	file = body(q, "stream")
	printf "{\"model\":\"%s\",\"messages\":[%s,%s],\"temperature\":0," \
		"\"stream\":true}", model, sys, user >file
	close(file)
}
