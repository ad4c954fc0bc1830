# What sum.jq made, for people.
def r: . * 100 | round / 100;
def i: round;
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
def spread: "\(.median | r) (\(.low | r) to \(.high | r))";
def spread_i: "\(.median | i) (\(.low | i) to \(.high | i))";

. as $x
| (.ttfb // empty
	| "Time to first byte of a streamed miss, one caller: us above the \(.direct_us.median | i) us of asking the provider itself",
	  "  relay  \(.added_us.relay | spread_i)",
	  "  larder \(.added_us.larder | spread_i)",
	  "  larder / relay  \(.ratio | spread)",
	  (if .lost > 0 then "  LOST: \(.lost)" else empty end), ""),
(.slow // empty
	| "\(.[0].streams) slow streams at once",
	  "  \("" | pad(9)) whole refused lost   KB each  above idle  CPU us/event  event p50, p99 us",
	  (.[] | "  \("\(.row) \(.round)" | pad(9))\(.whole | lpad(6)) \(.refused | lpad(7)) \(.lost | lpad(4)) \(.kb_each | r | lpad(9)) \(.kb_each_above_idle | r | lpad(11)) \(.cpu_us_each_event | i | lpad(13))  \(.event_p50_us | i), \(.event_p99_us | i)"), ""),
(.stuck // empty
	| "Hits while every upstream slot is stuck, 16 callers",
	  "  p99 us idle \(.idle_p99_us | spread_i), stuck \(.stuck_p99_us | spread_i)",
	  "  stuck / idle, p99  \(.ratio_p99 | spread)",
	  "  stuck / idle, p50  \(.ratio_p50 | spread)",
	  (if .lost > 0 then "  LOST: \(.lost)" else empty end), ""),
(["load", "Too many callers"], ["kept", "Kept connections, hits"]
	| . as [$part, $title] | $x[$part] // empty
	| $title,
	  "  \("" | pad(34)) whole/s   p50 us   p99 us  refused, p99 us   lost",
	  (.[] | "  \(.row | pad(34)) \(.whole_a_second.median | i | lpad(7)) \(.p50_us.median | i | lpad(8)) \(.p99_us.median | i | lpad(8)) \(.refused | lpad(8)), \(.refused_p99_us.median | i | lpad(6)) \(.lost | lpad(6))"), "")
