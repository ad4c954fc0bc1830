/* Part of translate_asks.h. */
#ifndef TESTS_TRANSLATE_ASKS_MESSAGES_H
#define TESTS_TRANSLATE_ASKS_MESSAGES_H

/* messages, chat, responses */
static const struct trio from_messages[] = {
	{ "a word", HI "," MAX, HI "," MAX,
	  HI_IN "," NO_STORE ",'max_output_tokens':4096" },
	{ "system text and cache marks",
	  "'cache_control':{'type':'ephemeral'},"
	  "'system':[{'type':'text','text':'a',"
	  "'cache_control':{'type':'ephemeral'}},{'type':'text','text':'b'}],"
	  HI "," MAX,
	  "'messages':[{'role':'system','content':'a\\n\\nb'},"
	  "{'role':'user','content':'hi'}]," MAX,
	  "'instructions':'a\\n\\nb'," HI_IN "," NO_STORE
	  ",'max_output_tokens':4096" },
	{ "a system message",
	  "'system':'s','messages':[{'role':'user','content':'a'},"
	  "{'role':'system','content':'b'}]," MAX,
	  "'messages':[{'role':'system','content':'s'},"
	  "{'role':'user','content':'a'},"
	  "{'role':'system','content':'b'}]," MAX,
	  NULL },
	{ "pictures and documents",
	  "'messages':[{'role':'user','content':["
	  "{'type':'image','source':{'type':'base64',"
	  "'media_type':'image/png','data':'iVBO'}},"
	  "{'type':'image','source':{'type':'url','url':'https://x'}},"
	  "{'type':'document','source':{'type':'base64',"
	  "'media_type':'application/pdf','data':'JVBE'}},"
	  "{'type':'document','title':'T','citations':{'enabled':false},"
	  "'source':{'type':'text','media_type':'text/plain','data':'w'}}"
	  "]}]," MAX,
	  "'messages':[{'role':'user','content':["
	  "{'type':'image_url','image_url':"
	  "{'url':'data:image/png;base64,iVBO'}},"
	  "{'type':'image_url','image_url':{'url':'https://x'}},"
	  "{'type':'file','file':{'filename':'document.pdf','file_data':"
	  "'data:application/pdf;base64,JVBE'}},"
	  "{'type':'text','text':'T\\n\\nw'}]}]," MAX,
	  "'input':[{'role':'user','content':["
	  "{'type':'input_image','image_url':'data:image/png;base64,iVBO'},"
	  "{'type':'input_image','image_url':'https://x'},"
	  "{'type':'input_file','filename':'document.pdf','file_data':"
	  "'data:application/pdf;base64,JVBE'},"
	  "{'type':'input_text','text':'T\\n\\nw'}]}]," NO_STORE
	  ",'max_output_tokens':4096" },
	{ "a document elsewhere",
	  "'messages':[{'role':'user','content':["
	  "{'type':'document','source':{'type':'url','url':'https://x'}}]}],"
	  MAX,
	  NULL,
	  "'input':[{'role':'user','content':["
	  "{'type':'input_file','file_url':'https://x'}]}]," NO_STORE
	  ",'max_output_tokens':4096" },
	{ "calls, results and errors",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':["
	  "{'type':'thinking','thinking':'t','signature':'S'},"
	  "{'type':'redacted_thinking','data':'D'},"
	  "{'type':'text','text':'I look.'},"
	  "{'type':'tool_use','id':'c1','name':'f','input':{'a':'\\u00e9'}},"
	  "{'type':'tool_use','id':'c2','name':'g','input':{}}]},"
	  "{'role':'user','content':["
	  "{'type':'tool_result','tool_use_id':'c1','content':'one'},"
	  "{'type':'tool_result','tool_use_id':'c2','is_error':true,"
	  "'content':[{'type':'text','text':'no'},"
	  "{'type':'text','text':'way'}]},"
	  "{'type':'text','text':'and?'}]}]," MAX,
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'I look.','tool_calls':["
	  "{'id':'c1','type':'function','function':{'name':'f',"
	  "'arguments':'{\\'a\\':\\'\\\\u00e9\\'}'}},"
	  "{'id':'c2','type':'function','function':{'name':'g',"
	  "'arguments':'{}'}}]},"
	  "{'role':'tool','tool_call_id':'c1','content':'one'},"
	  "{'role':'tool','tool_call_id':'c2','content':"
	  "'Error: no\\nway'},"
	  "{'role':'user','content':'and?'}]," MAX,
	  "'input':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'I look.'},"
	  "{'type':'function_call','call_id':'c1','name':'f',"
	  "'arguments':'{\\'a\\':\\'\\\\u00e9\\'}'},"
	  "{'type':'function_call','call_id':'c2','name':'g',"
	  "'arguments':'{}'},"
	  "{'type':'function_call_output','call_id':'c1','output':'one'},"
	  "{'type':'function_call_output','call_id':'c2','output':["
	  "{'type':'input_text','text':'Error: no'},"
	  "{'type':'input_text','text':'way'}]},"
	  "{'role':'user','content':'and?'}]," NO_STORE
	  ",'max_output_tokens':4096" },
	{ "results behind other words; errors without words, or that say so",
	  "'messages':[{'role':'user','content':["
	  "{'type':'text','text':'a'},"
	  "{'type':'tool_result','tool_use_id':'c1','is_error':true},"
	  "{'type':'tool_result','tool_use_id':'c2','is_error':true,"
	  "'content':'error 5'}]}]," MAX,
	  "'messages':[{'role':'tool','tool_call_id':'c1',"
	  "'content':'Error'},"
	  "{'role':'tool','tool_call_id':'c2','content':'error 5'},"
	  "{'role':'user','content':'a'}]," MAX,
	  NULL },
	{ "pieces of one answer, turns in a row",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':["
	  "{'type':'text','text':'a','citations':[{'type':'x'}]},"
	  "{'type':'text','text':'b'}]},"
	  "{'role':'assistant','content':'c'},"
	  "{'role':'user','content':'r'},{'role':'user','content':'s'}],"
	  MAX,
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'abc'},"
	  "{'role':'user','content':'r'},{'role':'user','content':'s'}],"
	  MAX,
	  "'input':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':["
	  "{'type':'output_text','text':'a'},"
	  "{'type':'output_text','text':'b'},"
	  "{'type':'output_text','text':'c'}]},"
	  "{'role':'user','content':'r'},{'role':'user','content':'s'}],"
	  NO_STORE ",'max_output_tokens':4096" },
	{ "tools",
	  HI "," MAX ",'tools':[{'type':'custom','name':'f',"
	  "'description':'d','input_schema':" SCHEMA ",'strict':true,"
	  "'cache_control':{'type':'ephemeral'}}],"
	  "'tool_choice':{'type':'any','disable_parallel_tool_use':true}",
	  HI "," MAX ",'tools':[{'type':'function','function':{'name':'f',"
	  "'description':'d','parameters':" SCHEMA ",'strict':true}}],"
	  "'tool_choice':'required','parallel_tool_calls':false",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096,"
	  "'tools':[{'type':'function','name':'f','description':'d',"
	  "'parameters':" SCHEMA ",'strict':true}],"
	  "'tool_choice':'required','parallel_tool_calls':false" },
	{ "tool_choice auto",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'auto'}",
	  HI "," MAX ",'tools':[" TOOL_C "],'tool_choice':'auto'",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096,'tools':[" TOOL_R
	  "],'tool_choice':'auto'" },
	{ "tool_choice none",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'none'}",
	  HI "," MAX ",'tools':[" TOOL_C "],'tool_choice':'none'", NULL },
	{ "tool_choice named",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'tool',"
	  "'name':'f'}",
	  HI "," MAX ",'tools':[" TOOL_C "],"
	  "'tool_choice':{'type':'function','function':{'name':'f'}}",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096,'tools':[" TOOL_R
	  "],'tool_choice':{'type':'function','name':'f'}" },
	{ "a schema",
	  HI "," MAX ",'output_config':{'format':{'type':'json_schema',"
	  "'schema':" SCHEMA "}}",
	  HI "," MAX ",'response_format':{'type':'json_schema',"
	  "'json_schema':{'name':'output','schema':" SCHEMA
	  ",'strict':true}}",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096,"
	  "'text':{'format':{'type':'json_schema','name':'output',"
	  "'schema':" SCHEMA ",'strict':true}}" },
	{ "a schema as the beta had it",
	  HI "," MAX ",'output_format':{'type':'json_schema',"
	  "'schema':" SCHEMA "}",
	  HI "," MAX ",'response_format':{'type':'json_schema',"
	  "'json_schema':{'name':'output','schema':" SCHEMA
	  ",'strict':true}}", NULL },
	{ "sampling and stops",
	  HI "," MAX ",'temperature':1,'top_p':0.9,"
	  "'stop_sequences':['a','b','c','d'],'metadata':{'user_id':'u'},"
	  "'service_tier':'auto','stream':true",
	  HI "," MAX ",'temperature':1,'top_p':0.9,"
	  "'stop':['a','b','c','d'],'user':'u'", NULL },
	{ "a budget",
	  HI "," MAX ",'thinking':{'type':'enabled','budget_tokens':4096}",
	  HI ",'max_completion_tokens':4096,'reasoning_effort':'medium'",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096,"
	  "'reasoning':{'effort':'medium','summary':'auto'}" },
	{ "a small budget, unseen",
	  HI "," MAX ",'thinking':{'type':'enabled','budget_tokens':1024,"
	  "'display':'omitted'}",
	  HI ",'max_completion_tokens':4096,'reasoning_effort':'low'",
	  HI_IN "," NO_STORE ",'max_output_tokens':4096,"
	  "'reasoning':{'effort':'low'}" },
	{ "thinking as it likes",
	  HI "," MAX ",'thinking':{'type':'adaptive'}",
	  HI ",'max_completion_tokens':4096,'reasoning_effort':'high'",
	  NULL },
	{ "an effort",
	  HI "," MAX ",'thinking':{'type':'adaptive'},"
	  "'output_config':{'effort':'max'}",
	  HI ",'max_completion_tokens':4096,'reasoning_effort':'xhigh'",
	  NULL },
	{ "no thinking",
	  HI "," MAX ",'thinking':{'type':'disabled'}", HI "," MAX, NULL },
};

#endif
