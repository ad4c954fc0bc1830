/* Requests that are not taken, and by what name. The macros are those of
 * translate_asks.h. */
#ifndef TESTS_TRANSLATE_REFUSALS_H
#define TESTS_TRANSLATE_REFUSALS_H

#include "translate_asks.h"

/*
 * What cannot be said: refused at param, or, with lossy, left out and listed.
 * No lossy form: refused all the same. dropped NULL: it is param.
 */
static const struct refusal {
	const char *what;
	enum shape from, to;
	const char *in, *param, *says, *lossy, *dropped;
} refusals[] = {
	{ "an unknown member", C, M, HI ",'strange':{'a':1}", "strange",
	  "messages) has no word for it", HI "," MAX, NULL },
	{ "an unknown name with odd letters", C, R, HI ",'a b\\n,\u00e9':1",
	  "a?b?n???", "no word", HI_IN "," NO_STORE, NULL },
	{ "an unknown member of a message", C, M,
	  "'messages':[{'role':'user','content':'hi','x':1}]",
	  "messages[0].x", "lossy = yes", HI "," MAX, NULL },
	{ "calls of a user", C, M,
	  "'messages':[{'role':'user','content':'hi','tool_calls':[]}]",
	  "messages[0].tool_calls", "no word", HI "," MAX, NULL },
	{ "a name", C, R,
	  "'messages':[{'role':'user','content':'hi','name':'bob'}]",
	  "messages[0].name", "no word", HI_IN "," NO_STORE, NULL },
	{ "the old calls", C, M, HI ",'functions':[]", "functions", "no word",
	  HI "," MAX, NULL },
	{ "seed", C, M, HI ",'seed':1", "seed", "no word", HI "," MAX, NULL },
	{ "seed", C, R, HI ",'seed':1", "seed", "no word",
	  HI_IN "," NO_STORE, NULL },
	{ "more answers", C, M, HI ",'n':2", "n", "no word", HI "," MAX,
	  NULL },
	{ "logprobs", C, M, HI ",'logprobs':true,'top_logprobs':2",
	  "logprobs", "no word", HI "," MAX, "logprobs, top_logprobs" },
	{ "a bias", C, M, HI ",'logit_bias':{'1':1}", "logit_bias", "no word",
	  HI "," MAX, NULL },
	{ "a penalty", C, M, HI ",'presence_penalty':0.1",
	  "presence_penalty", "no word", HI "," MAX, NULL },
	{ "a penalty", C, R, HI ",'frequency_penalty':1",
	  "frequency_penalty", "no word", HI_IN "," NO_STORE, NULL },
	{ "sound", C, M, HI ",'modalities':['text','audio']", "modalities",
	  "no word", HI "," MAX, NULL },
	{ "verbosity", C, M, HI ",'verbosity':'low'", "verbosity", "no word",
	  HI "," MAX, NULL },
	{ "a search", C, M, HI ",'web_search_options':{}",
	  "web_search_options", "no word", HI "," MAX, NULL },
	{ "a store", C, M, HI ",'store':true", "store", "no word",
	  HI "," MAX, NULL },
	{ "a hot temperature", C, M, HI ",'temperature':1.5", "temperature",
	  "end at 1", HI "," MAX ",'temperature':1", NULL },
	{ "JSON without a schema", C, M,
	  HI ",'response_format':{'type':'json_object'}", "response_format",
	  "schema", HI "," MAX, NULL },
	{ "another format", C, R, HI ",'response_format':{'type':'grammar'}",
	  "response_format.type", "\"grammar\"", HI_IN "," NO_STORE, NULL },
	{ "a described schema", C, M,
	  HI ",'response_format':{'type':'json_schema','json_schema':{"
	  "'name':'n','description':'d','schema':" SCHEMA "}}",
	  "response_format.json_schema.description", "described",
	  HI "," MAX ",'output_config':{'format':{'type':'json_schema',"
	  "'schema':" SCHEMA "}}", NULL },
	{ "a custom tool", C, M,
	  HI ",'tools':[{'type':'custom','custom':{}}]", "tools[0].type",
	  "\"custom\"", HI "," MAX, NULL },
	{ "allowed tools", C, M,
	  HI ",'tools':[" TOOL_C "],'tool_choice':{'type':'allowed_tools',"
	  "'allowed_tools':{}}", "tool_choice.type", "\"allowed_tools\"",
	  HI "," MAX ",'tools':[" TOOL_M "]", NULL },
	{ "sound to hear", C, M,
	  "'messages':[{'role':'user','content':["
	  "{'type':'text','text':'hi'},"
	  "{'type':'input_audio','input_audio':{}}]}]",
	  "messages[0].content[1]", "audio",
	  "'messages':[{'role':'user','content':["
	  "{'type':'text','text':'hi'}]}]," MAX, NULL },
	{ "a coarse picture", C, M,
	  "'messages':[{'role':'user','content':[{'type':'image_url',"
	  "'image_url':{'url':'https://x','detail':'low'}}]}]",
	  "messages[0].content[0].image_url.detail", "images",
	  "'messages':[{'role':'user','content':[{'type':'image',"
	  "'source':{'type':'url','url':'https://x'}}]}]," MAX, NULL },
	{ "a file that is no PDF", C, M,
	  "'messages':[{'role':'user','content':[{'type':'text',"
	  "'text':'a'},{'type':'file','file':{'file_data':"
	  "'data:text/csv;base64,YQ=='}}]}]",
	  "messages[0].content[1]", "PDF",
	  "'messages':[{'role':'user','content':["
	  "{'type':'text','text':'a'}]}]," MAX, NULL },
	{ "a file of the provider's", C, M,
	  "'messages':[{'role':'user','content':[{'type':'text',"
	  "'text':'hi'},{'type':'file','file':{'file_id':'f'}}]}]",
	  "messages[0].content[1].file.file_id", "another provider",
	  HI "," MAX, NULL },
	{ "another part", C, M,
	  "'messages':[{'role':'user','content':[{'type':'text',"
	  "'text':'hi'},{'type':'video_url','video_url':{}}]}]",
	  "messages[0].content[1].type", "\"video_url\"", HI "," MAX, NULL },
	{ "system text amid a conversation", C, M,
	  "'messages':[{'role':'system','content':'a'},"
	  "{'role':'user','content':'b'},{'role':'system','content':'c'},"
	  "{'role':'user','content':'d'}]",
	  "messages[2]", "before the conversation",
	  MAX ",'system':[{'type':'text','text':'a'},{'type':'text',"
	  "'text':'c'}],'messages':[{'role':'user','content':["
	  "{'type':'text','text':'b'},{'type':'text','text':'d'}]}]", NULL },
	{ "a picture in system text", C, M,
	  "'messages':[{'role':'system','content':[{'type':'image_url',"
	  "'image_url':{'url':'https://x'}}]},"
	  "{'role':'user','content':'hi'}]",
	  "messages[0].content[0]", "all text", HI "," MAX, NULL },
	{ "a picture of the assistant's", C, R,
	  "'messages':[{'role':'user','content':'hi'},{'role':'assistant',"
	  "'content':[{'type':'text','text':'a'},{'type':'image_url',"
	  "'image_url':{'url':'https://x'}}]}]",
	  "messages[1].content[1]", "is text there",
	  "'input':[{'role':'user','content':'hi'},{'role':'assistant',"
	  "'content':[{'type':'output_text','text':'a'}]}]," NO_STORE, NULL },
	{ "a picture of the assistant's", R, C,
	  "'input':[{'role':'user','content':'hi'},{'role':'assistant',"
	  "'content':[{'type':'output_text','text':'a'},"
	  "{'type':'input_image','image_url':'https://x'}]}]",
	  "input[1].content[1]", "is text there",
	  "'messages':[{'role':'user','content':'hi'},"
	  "{'role':'assistant','content':'a'}]", NULL },
	{ "a file of the provider's", R, M,
	  "'input':[{'role':'user','content':[{'type':'input_text',"
	  "'text':'hi'},{'type':'input_file','file_id':'f'}]}]",
	  "input[0].content[1].file_id", "another provider", HI "," MAX,
	  NULL },
	{ "a blank stop", C, M, HI ",'stop':['\\n','a']", "stop[0]",
	  "white space", HI "," MAX ",'stop_sequences':['a']", NULL },
	{ "stops", C, R, HI ",'stop':'a'", "stop", "no word",
	  HI_IN "," NO_STORE, NULL },
	{ "no room to reason", C, M,
	  HI ",'reasoning_effort':'low','max_completion_tokens':1024",
	  "reasoning_effort", "1024", HI ",'max_tokens':1024", NULL },
	{ "reasoning before a forced call", C, M,
	  HI ",'tools':[" TOOL_C "],'tool_choice':'required',"
	  "'reasoning_effort':'low'", "reasoning_effort", "must call",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'any'}",
	  NULL },
	{ "reasoning in the cold", C, M,
	  HI ",'reasoning_effort':'low','temperature':0.2", "temperature",
	  "temperature of 1", HI "," MAX ",'thinking':{'type':'enabled',"
	  "'budget_tokens':1024}", NULL },
	{ "an unknown effort", C, M, HI ",'reasoning_effort':'heroic'",
	  "reasoning_effort", "how much", HI "," MAX, NULL },
	{ "arguments that are no object", C, M,
	  "'messages':[{'role':'assistant','tool_calls':[{'id':'c',"
	  "'type':'function','function':{'name':'f',"
	  "'arguments':'[1]'}}]}]",
	  "messages[0].tool_calls[0].function.arguments", "JSON object",
	  NULL, NULL },
	{ "arguments that are no JSON", R, M,
	  "'input':[{'type':'function_call','call_id':'c','name':'f',"
	  "'arguments':'{\\'a\\':\\'\\\\ud800'}]",
	  "input[0].arguments", "JSON object", NULL, NULL },

	{ "top_k", M, C, HI "," MAX ",'top_k':5", "top_k", "no word",
	  HI "," MAX, NULL },
	{ "a fifth stop", M, C,
	  HI "," MAX ",'stop_sequences':['a','b','c','d','e']",
	  "stop_sequences[4]", "four",
	  HI "," MAX ",'stop':['a','b','c','d']", NULL },
	{ "a search", M, C,
	  HI "," MAX ",'tools':[{'type':'web_search_20250305','name':'w'},"
	  TOOL_M "]", "tools[0].type", "\"web_search_20250305\"",
	  HI "," MAX ",'tools':[" TOOL_C "]", NULL },
	{ "an answer begun", M, C,
	  "'messages':[{'role':'user','content':'hi'},"
	  "{'role':'assistant','content':'('}]," MAX, "messages[1]",
	  "anew", HI "," MAX, NULL },
	{ "an answer begun", M, R,
	  "'messages':[{'role':'user','content':'hi'},"
	  "{'role':'assistant','content':'('}]," MAX, "messages[1]",
	  "anew", HI_IN "," NO_STORE ",'max_output_tokens':4096", NULL },
	{ "a picture from a tool", M, C,
	  "'messages':[{'role':'user','content':[{'type':'tool_result',"
	  "'tool_use_id':'c','content':[{'type':'text','text':'a'},"
	  "{'type':'image','source':{'type':'url','url':'https://x'}}]}]}],"
	  MAX, "messages[0].content[0].content[1].source", "text",
	  "'messages':[{'role':'tool','tool_call_id':'c',"
	  "'content':'a'}]," MAX, NULL },
	{ "a document elsewhere", M, C,
	  "'messages':[{'role':'user','content':[{'type':'document',"
	  "'source':{'type':'url','url':'https://x'}}]}]," MAX,
	  "messages[0].content[0].source", "only as data",
	  "'messages':[{'role':'user','content':''}]," MAX, NULL },
	{ "a document of the provider's", M, R,
	  "'messages':[{'role':'user','content':[{'type':'text',"
	  "'text':'hi'},{'type':'document','source':{'type':'file',"
	  "'file_id':'f'}}]}]," MAX,
	  "messages[0].content[1].source.type", "\"file\"",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096", NULL },
	{ "citations", M, C,
	  "'messages':[{'role':'user','content':[{'type':'document',"
	  "'citations':{'enabled':true},'source':{'type':'text',"
	  "'media_type':'text/plain','data':'w'}}]}]," MAX,
	  "messages[0].content[0].citations", "cites",
	  "'messages':[{'role':'user','content':[{'type':'text',"
	  "'text':'w'}]}]," MAX, NULL },
	{ "a search's result", M, R,
	  "'messages':[{'role':'user','content':'hi'},"
	  "{'role':'assistant','content':[{'type':'text','text':'a'},"
	  "{'type':'server_tool_use','id':'s','name':'w','input':{}}]},"
	  "{'role':'user','content':'b'}]," MAX,
	  "messages[1].content[1].type", "\"server_tool_use\"",
	  "'input':[{'role':'user','content':'hi'},"
	  "{'role':'assistant','content':'a'},"
	  "{'role':'user','content':'b'}]," NO_STORE
	  ",'max_output_tokens':4096", NULL },
	{ "a container", M, C, HI "," MAX ",'container':'c','mcp_servers':[]",
	  "container", "no word", HI "," MAX, "container, mcp_servers" },

	{ "an earlier answer", R, C, "'input':'hi','previous_response_id':'r'",
	  "previous_response_id", "another provider", NULL, NULL },
	{ "a conversation", R, M, "'input':'hi','conversation':{'id':'r'}",
	  "conversation", "another provider", NULL, NULL },
	{ "a prompt", R, M, "'input':'hi','prompt':{'id':'p'}", "prompt",
	  "another provider", NULL, NULL },
	{ "an answer later", R, C, "'input':'hi','background':true",
	  "background", "later", NULL, NULL },
	{ "an item the provider keeps", R, C,
	  "'input':[{'type':'item_reference','id':'i'}]", "input[0]",
	  "another provider", NULL, NULL },
	{ "a store", R, C, "'input':'hi','store':true", "store", "no word",
	  HI, NULL },
	{ "cutting", R, C, "'input':'hi','truncation':'auto'", "truncation",
	  "no word", HI, NULL },
	{ "a search", R, M,
	  "'input':'hi','tools':[{'type':'web_search'}]", "tools[0].type",
	  "\"web_search\"", HI "," MAX, NULL },
	{ "a search's call", R, C,
	  "'input':[{'role':'user','content':'hi'},"
	  "{'type':'web_search_call','id':'w','status':'completed'}]",
	  "input[1].type", "\"web_search_call\"", HI, NULL },
	{ "parts of an answer", R, C,
	  "'input':'hi','include':['reasoning.encrypted_content',"
	  "'message.output_text.logprobs']", "include[1]", "no such part",
	  HI, NULL },
	{ "probabilities", R, C, "'input':'hi','top_logprobs':3",
	  "top_logprobs", "no word", HI, NULL },
	{ "a hosted tool chosen", R, M,
	  "'input':'hi','tool_choice':{'type':'file_search'}",
	  "tool_choice.type", "\"file_search\"", HI "," MAX, NULL },
	{ "a picture of the provider's", R, C,
	  "'input':[{'role':'user','content':[{'type':'input_text',"
	  "'text':'hi'},{'type':'input_image','file_id':'f'}]}]",
	  "input[0].content[1].file_id", "another provider", HI, NULL },
};

/* Wrong in the source's own terms: refused, lossy or not. */
static const struct {
	enum shape from;
	const char *in, *param, *code;
} wrongs[] = {
	{ C, "'messages':[7]", "messages[0]", "invalid_type" },
	{ C, "'messages':{}", "messages", "invalid_type" },
	{ C, "'tools':[]", "messages", "missing_required_parameter" },
	{ C, "'messages':[{'content':'x'}]", "messages[0].role",
	  "missing_required_parameter" },
	{ C, "'messages':[{'role':'robot','content':'x'}]",
	  "messages[0].role", "invalid_type" },
	{ C, "'messages':[{'role':7,'content':'x'}]", "messages[0].role",
	  "invalid_type" },
	{ C, "'messages':[{'role':'user'}]", "messages[0].content",
	  "missing_required_parameter" },
	{ C, "'messages':[{'role':'user','content':[{'text':'x'}]}]",
	  "messages[0].content[0].type", "missing_required_parameter" },
	{ C, "'messages':[{'role':'user','content':[{'type':'text'}]}]",
	  "messages[0].content[0].text", "missing_required_parameter" },
	{ C, "'messages':[{'role':'tool','content':'x'}]",
	  "messages[0].tool_call_id", "missing_required_parameter" },
	{ C, "'messages':[{'role':'user','content':[{'type':'image_url',"
	  "'image_url':{'url':'data:image/png,x'}}]}]",
	  "messages[0].content[0].image_url.url", "invalid_type" },
	{ C, HI ",'tool_choice':'maybe'", "tool_choice", "invalid_type" },
	{ C, HI ",'temperature':'hot'", "temperature", "invalid_type" },
	{ C, HI ",'stop':['a',7]", "stop[1]", "invalid_type" },
	{ M, "'system':[7]," HI, "system[0]", "invalid_type" },
	{ M, HI ",'thinking':{'type':'enabled'}", "thinking.budget_tokens",
	  "missing_required_parameter" },
	{ M, HI ",'thinking':{'type':'enabled','budget_tokens':0.5}",
	  "thinking.budget_tokens", "invalid_type" },
	{ M, HI ",'tools':[{'name':'f'}]", "tools[0].input_schema",
	  "missing_required_parameter" },
	{ R, "'input':[[]]", "input[0]", "invalid_type" },
	{ R, "'input':[{'role':'user','content':7}]", "input[0].content",
	  "invalid_type" },
	{ R, "'input':'x','include':[7]", "include[0]", "invalid_type" },
	{ R, "'input':'x','reasoning':{'effort':7}", "reasoning.effort",
	  "invalid_type" },
};

#endif
