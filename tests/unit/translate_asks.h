/* Asking for the translation of requests, and requests that say the same in
 * each shape, members without the model. */
#ifndef TESTS_TRANSLATE_ASKS_H
#define TESTS_TRANSLATE_ASKS_H

#include "translate_help.h"

#define C SHAPE_CHAT
#define M SHAPE_MESSAGES
#define R SHAPE_RESPONSES

struct done {
	int rc;
	struct fail f;
	struct str out, dropped;
};

static struct done ask(struct str in, const struct translate_ask *q)
{
	struct done d = { .rc = 0 };
	struct json_error err;
	struct buf out, dropped;
	struct json doc;

	if (json_parse(&doc, a, in, &err) < 0) {
		print_error("%s at %zu: %s\n", err.what, err.at, in.p);
		assert_true(false);
	}
	buf_init(&out, a);
	buf_puts(&out, "!");
	buf_init(&dropped, a);
	d.rc = translate_request(&out, &doc, q, &dropped, &d.f);
	d.out = buf_view(&out);
	assert_int_equal(d.out.p[0], '!');
	d.out = str_from(d.out, 1);
	d.dropped = buf_view(&dropped);
	return d;
}

#define HI "'messages':[{'role':'user','content':'hi'}]"
#define HI_IN "'input':[{'role':'user','content':'hi'}]"
#define MAX "'max_tokens':4096"
#define NO_STORE "'store':false"
#define SCHEMA "{'type':'object','properties':{'a':{'type':'number'}}}"
#define TOOL_C \
	"{'type':'function','function':{'name':'f','parameters':" SCHEMA "}}"
#define TOOL_M "{'name':'f','input_schema':" SCHEMA "}"
#define TOOL_R \
	"{'type':'function','name':'f','parameters':" SCHEMA ",'strict':false}"

/*
 * A request of one shape (the first) and what it is in the two others; NULL:
 * not tried. Base members every request needs are in the macros above.
 */
struct trio {
	const char *what, *in, *one, *other;
};

#include "translate_asks_chat.h"
#include "translate_asks_messages.h"
#include "translate_asks_responses.h"

/* There and back again, for what both can say. */
static const struct {
	enum shape from, by;
	const char *in;
} loops[] = {
#define LOOP_CHAT \
	"'messages':[{'role':'system','content':'s'}," \
	"{'role':'user','content':[{'type':'text','text':'q\\u00e9'}," \
	"{'type':'image_url','image_url':{'url':'data:image/png;base64,iVBO'" \
	"}},{'type':'file','file':{'filename':'a.pdf','file_data':" \
	"'data:application/pdf;base64,JVBE'}}]}," \
	"{'role':'assistant','content':'I look.','tool_calls':[" \
	"{'id':'c1','type':'function','function':{'name':'f','arguments':" \
	"'{\\'a\\':[1.0,\\'\\\\u00e9\\\\n\\']}'}}," \
	"{'id':'c2','type':'function','function':{'name':'f','arguments':" \
	"'{}'}}]}," \
	"{'role':'tool','tool_call_id':'c1','content':'1'}," \
	"{'role':'tool','tool_call_id':'c2','content':'2'}," \
	"{'role':'assistant','content':'done'}," \
	"{'role':'user','content':'thanks'}]," \
	"'tools':[{'type':'function','function':{'name':'f'," \
	"'description':'d','parameters':" SCHEMA ",'strict':true}}]," \
	"'parallel_tool_calls':false," \
	"'response_format':{'type':'json_schema','json_schema':{" \
	"'name':'output','schema':" SCHEMA ",'strict':true}}," \
	"'temperature':0.30,'top_p':0.9,'user':'u'"
	{ C, M, LOOP_CHAT ",'tool_choice':'auto','max_tokens':77,"
		"'stop':['x','y']" },
	{ C, R, LOOP_CHAT ",'tool_choice':'required','max_tokens':77,"
		"'verbosity':'high'" },
	{ C, M, HI ",'max_completion_tokens':30000,"
		"'reasoning_effort':'high'" },
	{ C, R, HI ",'max_completion_tokens':30000,"
		"'reasoning_effort':'medium'" },
#define LOOP_MESSAGES \
	"'system':'s','max_tokens':100,'temperature':0.5,'messages':[" \
	"{'role':'user','content':[{'type':'image','source':{'type':'url'," \
	"'url':'https://x'}},{'type':'text','text':'q'}]}," \
	"{'role':'assistant','content':[{'type':'text','text':'I look.'}," \
	"{'type':'tool_use','id':'t1','name':'f','input':{'a':1e2}}," \
	"{'type':'tool_use','id':'t2','name':'f','input':{}}]}," \
	"{'role':'user','content':[{'type':'tool_result'," \
	"'tool_use_id':'t1','content':'r'},{'type':'tool_result'," \
	"'tool_use_id':'t2','content':'r'},{'type':'text','text':'go'}]}]," \
	"'tools':[{'name':'f','description':'d','input_schema':" SCHEMA \
	"}],'output_config':{'format':{'type':'json_schema','schema':" \
	SCHEMA "}},'metadata':{'user_id':'u'}"
	{ M, C, LOOP_MESSAGES ",'stop_sequences':['x'],'tool_choice':{"
		"'type':'tool','name':'f','disable_parallel_tool_use':true}" },
	{ M, R, LOOP_MESSAGES ",'tool_choice':{'type':'any'}" },
#define LOOP_RESPONSES \
	"'instructions':'s','store':false,'max_output_tokens':100,'input':[" \
	"{'role':'user','content':[{'type':'input_text','text':'q'}," \
	"{'type':'input_image','image_url':'https://x'}]}," \
	"{'role':'assistant','content':'I look.'}," \
	"{'type':'function_call','call_id':'c1','name':'f'," \
	"'arguments':'{\\'a\\':1}'}," \
	"{'type':'function_call','call_id':'c2','name':'f'," \
	"'arguments':'{}'}," \
	"{'type':'function_call_output','call_id':'c1','output':'r'}," \
	"{'type':'function_call_output','call_id':'c2','output':'r'}," \
	"{'role':'user','content':'go'}]," \
	"'tools':[{'type':'function','name':'f','parameters':" SCHEMA "," \
	"'strict':true}],'tool_choice':{'type':'function','name':'f'}," \
	"'parallel_tool_calls':false,'user':'u','text':{'format':{" \
	"'type':'json_schema','name':'output','schema':" SCHEMA "," \
	"'strict':true}}"
	{ R, C, LOOP_RESPONSES },
	{ R, M, LOOP_RESPONSES },
};

#endif
