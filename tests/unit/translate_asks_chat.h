/* Part of translate_asks.h. */
#ifndef TESTS_TRANSLATE_ASKS_CHAT_H
#define TESTS_TRANSLATE_ASKS_CHAT_H

/* chat, messages, responses */
static const struct trio from_chat[] = {
	{ "a word", HI, HI "," MAX, HI_IN "," NO_STORE },
	{ "system, developer and parts",
	  "'messages':[{'role':'system','content':'a\\nb'},"
	  "{'role':'developer','content':[{'type':'text','text':'c'}]},"
	  "{'role':'user','content':[{'type':'text','text':'d'},"
	  "{'type':'text','text':'e'}]}]",
	  MAX ",'system':[{'type':'text','text':'a\\nb'},"
	  "{'type':'text','text':'c'}],"
	  "'messages':[{'role':'user','content':[{'type':'text','text':'d'},"
	  "{'type':'text','text':'e'}]}]",
	  NO_STORE ",'instructions':'a\\nb\\n\\nc',"
	  "'input':[{'role':'user','content':["
	  "{'type':'input_text','text':'d'},"
	  "{'type':'input_text','text':'e'}]}]" },
	{ "system text amid a conversation",
	  "'messages':[{'role':'user','content':'a'},"
	  "{'role':'system','content':'b'}]",
	  NULL,
	  NO_STORE ",'input':[{'role':'user','content':'a'},"
	  "{'role':'system','content':'b'}]" },
	{ "images",
	  "'messages':[{'role':'user','content':["
	  "{'type':'image_url','image_url':{'url':"
	  "'data:image\\/png;base64,iVBO\\/Rw0KGgo=','detail':'high'}},"
	  "{'type':'image_url','image_url':{'url':'https://x/y.png'}}]}]",
	  MAX ",'messages':[{'role':'user','content':["
	  "{'type':'image','source':{'type':'base64','media_type':'image/png',"
	  "'data':'iVBO/Rw0KGgo='}},"
	  "{'type':'image','source':{'type':'url','url':'https://x/y.png'}}"
	  "]}]",
	  NO_STORE ",'input':[{'role':'user','content':["
	  "{'type':'input_image','image_url':"
	  "'data:image/png;base64,iVBO/Rw0KGgo=','detail':'high'},"
	  "{'type':'input_image','image_url':'https://x/y.png'}]}]" },
	{ "files",
	  "'messages':[{'role':'user','content':[{'type':'file','file':{"
	  "'filename':'a.pdf','file_data':"
	  "'data:application/pdf;base64,JVBE'}}]}]",
	  MAX ",'messages':[{'role':'user','content':[{'type':'document',"
	  "'title':'a.pdf','source':{'type':'base64',"
	  "'media_type':'application/pdf','data':'JVBE'}}]}]",
	  NO_STORE ",'input':[{'role':'user','content':[{'type':'input_file',"
	  "'filename':'a.pdf','file_data':"
	  "'data:application/pdf;base64,JVBE'}]}]" },
	{ "audio",
	  "'messages':[{'role':'user','content':[{'type':'input_audio',"
	  "'input_audio':{'data':'AA','format':'wav'}}]}]",
	  NULL,
	  NO_STORE ",'input':[{'role':'user','content':[{'type':"
	  "'input_audio','input_audio':{'data':'AA','format':'wav'}}]}]" },
	{ "a picture in system text, a refusal in parts",
	  "'messages':[{'role':'system','content':[{'type':'image_url',"
	  "'image_url':{'url':'https://x'}}]},"
	  "{'role':'assistant','content':[{'type':'refusal',"
	  "'refusal':'No.'}]},{'role':'user','content':'a'}]",
	  NULL,
	  NO_STORE ",'input':[{'role':'system','content':["
	  "{'type':'input_image','image_url':'https://x'}]},"
	  "{'role':'assistant','content':[{'type':'refusal',"
	  "'refusal':'No.'}]},{'role':'user','content':'a'}]" },
	{ "tools",
	  HI ",'tools':[{'type':'function','function':{'name':'f',"
	  "'description':'d','parameters':" SCHEMA ",'strict':true}},"
	  "{'type':'function','function':{'name':'g'}},"
	  "{'type':'function','function':{'name':'h','parameters':"
	  "{'properties':{}}}}],'tool_choice':'auto'",
	  HI "," MAX ",'tools':[{'name':'f','description':'d',"
	  "'input_schema':" SCHEMA ",'strict':true},"
	  "{'name':'g','input_schema':{'type':'object'}},"
	  "{'name':'h','input_schema':{'type':'object','properties':{}}}],"
	  "'tool_choice':{'type':'auto'}",
	  HI_IN "," NO_STORE ",'tools':[{'type':'function','name':'f',"
	  "'description':'d','parameters':" SCHEMA ",'strict':true},"
	  "{'type':'function','name':'g','strict':false},"
	  "{'type':'function','name':'h','parameters':{'properties':{}},"
	  "'strict':false}],'tool_choice':'auto'" },
	{ "calls and results",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':null,'tool_calls':["
	  "{'id':'c1','type':'function','function':{'name':'f',"
	  "'arguments':'{\\'a\\':1.50}'}},"
	  "{'id':'c2','type':'function','function':{'name':'g',"
	  "'arguments':''}}]},"
	  "{'role':'tool','tool_call_id':'c1','content':'one'},"
	  "{'role':'tool','tool_call_id':'c2','name':'g','content':["
	  "{'type':'text','text':'two'},{'type':'image_url','image_url':"
	  "{'url':'https://x'}}]},"
	  "{'role':'user','content':'and?'}]",
	  MAX ",'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':["
	  "{'type':'tool_use','id':'c1','name':'f','input':{'a':1.50}},"
	  "{'type':'tool_use','id':'c2','name':'g','input':{}}]},"
	  "{'role':'user','content':["
	  "{'type':'tool_result','tool_use_id':'c1','content':'one'},"
	  "{'type':'tool_result','tool_use_id':'c2','content':["
	  "{'type':'text','text':'two'},{'type':'image','source':"
	  "{'type':'url','url':'https://x'}}]},"
	  "{'type':'text','text':'and?'}]}]",
	  NO_STORE ",'input':[{'role':'user','content':'q'},"
	  "{'type':'function_call','call_id':'c1','name':'f',"
	  "'arguments':'{\\'a\\':1.50}'},"
	  "{'type':'function_call','call_id':'c2','name':'g',"
	  "'arguments':''},"
	  "{'type':'function_call_output','call_id':'c1','output':'one'},"
	  "{'type':'function_call_output','call_id':'c2','output':["
	  "{'type':'input_text','text':'two'},"
	  "{'type':'input_image','image_url':'https://x'}]},"
	  "{'role':'user','content':'and?'}]" },
	{ "text in front of calls, refusals",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'I look.','tool_calls':["
	  "{'id':'c','type':'function','function':{'name':'f',"
	  "'arguments':' {} '}}]},"
	  "{'role':'tool','tool_call_id':'c','content':''},"
	  "{'role':'assistant','content':null,'refusal':'No.'},"
	  "{'role':'user','content':'why'}]",
	  MAX ",'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':[{'type':'text','text':'I look.'},"
	  "{'type':'tool_use','id':'c','name':'f','input':{}}]},"
	  "{'role':'user','content':[{'type':'tool_result',"
	  "'tool_use_id':'c'}]},"
	  "{'role':'assistant','content':'No.'},"
	  "{'role':'user','content':'why'}]",
	  NO_STORE ",'input':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'I look.'},"
	  "{'type':'function_call','call_id':'c','name':'f',"
	  "'arguments':' {} '},"
	  "{'type':'function_call_output','call_id':'c','output':''},"
	  "{'role':'assistant','content':[{'type':'refusal',"
	  "'refusal':'No.'}]},"
	  "{'role':'user','content':'why'}]" },
	{ "turns in a row, empty text",
	  "'messages':[{'role':'user','content':'a'},"
	  "{'role':'user','content':[{'type':'text','text':' \\n'},"
	  "{'type':'text','text':'b'}]},"
	  "{'role':'assistant','content':''},"
	  "{'role':'assistant','content':'c'}]",
	  MAX ",'messages':[{'role':'user','content':["
	  "{'type':'text','text':'a'},{'type':'text','text':'b'}]},"
	  "{'role':'assistant','content':'c'}]",
	  NULL },
	{ "tool_choice none",
	  HI ",'tools':[" TOOL_C "],'tool_choice':'none',"
	  "'parallel_tool_calls':false",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'none'}",
	  HI_IN "," NO_STORE ",'tools':[" TOOL_R "],'tool_choice':'none',"
	  "'parallel_tool_calls':false" },
	{ "tool_choice required",
	  HI ",'tools':[" TOOL_C "],'tool_choice':'required',"
	  "'parallel_tool_calls':true",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'any'}",
	  HI_IN "," NO_STORE ",'tools':[" TOOL_R "],"
	  "'tool_choice':'required','parallel_tool_calls':true" },
	{ "tool_choice named",
	  HI ",'tools':[" TOOL_C "],'parallel_tool_calls':false,"
	  "'tool_choice':{'type':'function','function':{'name':'f'}}",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'tool',"
	  "'name':'f','disable_parallel_tool_use':true}",
	  HI_IN "," NO_STORE ",'tools':[" TOOL_R "],"
	  "'parallel_tool_calls':false,"
	  "'tool_choice':{'type':'function','name':'f'}" },
	{ "one call at a time",
	  HI ",'tools':[" TOOL_C "],'parallel_tool_calls':false",
	  HI "," MAX ",'tools':[" TOOL_M "],'tool_choice':{'type':'auto',"
	  "'disable_parallel_tool_use':true}",
	  HI_IN "," NO_STORE ",'tools':[" TOOL_R "],"
	  "'parallel_tool_calls':false" },
	{ "a schema",
	  HI ",'response_format':{'type':'json_schema','json_schema':{"
	  "'name':'n','strict':true,'schema':" SCHEMA "}}",
	  HI "," MAX ",'output_config':{'format':{'type':'json_schema',"
	  "'schema':" SCHEMA "}}",
	  HI_IN "," NO_STORE ",'text':{'format':{'type':'json_schema',"
	  "'name':'n','strict':true,'schema':" SCHEMA "}}" },
	{ "JSON without a schema, in a few words",
	  HI ",'response_format':{'type':'json_object'},'verbosity':'low'",
	  NULL,
	  HI_IN "," NO_STORE ",'text':{'format':{'type':'json_object'},"
	  "'verbosity':'low'}" },
	{ "format text",
	  HI ",'response_format':{'type':'text'}", HI "," MAX,
	  HI_IN "," NO_STORE },
	{ "stops",
	  HI ",'stop':['a','\\u0062']",
	  HI "," MAX ",'stop_sequences':['a','\\u0062']", NULL },
	{ "one stop, and none",
	  HI ",'stop':'a'", HI "," MAX ",'stop_sequences':['a']", NULL },
	{ "no stop", HI ",'stop':[]", HI "," MAX, HI_IN "," NO_STORE },
	{ "limits",
	  HI ",'max_completion_tokens':7", HI ",'max_tokens':7",
	  HI_IN "," NO_STORE ",'max_output_tokens':7" },
	{ "sampling",
	  HI ",'max_tokens':1e1,'temperature':0.70,'top_p':1.0",
	  HI ",'max_tokens':10,'temperature':0.70,'top_p':1.0",
	  HI_IN "," NO_STORE ",'max_output_tokens':1e1,"
	  "'temperature':0.70,'top_p':1.0" },
	{ "what says nothing",
	  HI ",'n':1,'logprobs':false,'top_logprobs':0,'logit_bias':{},"
	  "'frequency_penalty':0.0,'presence_penalty':-0,"
	  "'modalities':['text'],'seed':null,'stream':false,"
	  "'stream_options':{'include_usage':true},'cache':{'no-store':true},"
	  "'prediction':{'type':'content','content':'x'},"
	  "'strange':null,'verbosity':null",
	  HI "," MAX, HI_IN "," NO_STORE },
	{ "labels",
	  HI ",'user':'u','safety_identifier':'s','metadata':{'k':'v'},"
	  "'store':false,'prompt_cache_key':'k','service_tier':'flex'",
	  HI "," MAX ",'metadata':{'user_id':'s'}",
	  HI_IN ",'user':'u','safety_identifier':'s','metadata':{'k':'v'},"
	  "'store':false,'prompt_cache_key':'k','service_tier':'flex'" },
	{ "a user", HI ",'user':'u'",
	  HI "," MAX ",'metadata':{'user_id':'u'}", NULL },
	{ "effort low",
	  HI ",'reasoning_effort':'low'",
	  HI "," MAX ",'thinking':{'type':'enabled','budget_tokens':1024}",
	  HI_IN "," NO_STORE ",'reasoning':{'effort':'low'}" },
	{ "effort above the limit nobody set",
	  HI ",'reasoning_effort':'high'",
	  HI ",'max_tokens':20480,"
	  "'thinking':{'type':'enabled','budget_tokens':16384}", NULL },
	{ "effort within a limit",
	  HI ",'reasoning_effort':'medium','max_completion_tokens':3000",
	  HI ",'max_tokens':3000,"
	  "'thinking':{'type':'enabled','budget_tokens':1500}", NULL },
	{ "effort none", HI ",'reasoning_effort':'none'", HI "," MAX,
	  HI_IN "," NO_STORE ",'reasoning':{'effort':'none'}" },
	{ "reasoning that went through larder, and other",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'a','reasoning_content':'hm',"
	  "'thinking_blocks':["
	  "{'type':'thinking','thinking':'hm','signature':'anthropic:S=='},"
	  "{'type':'thinking','thinking':'x','signature':'S=='},"
	  "{'type':'redacted_thinking','data':'anthropic:D'},"
	  "{'type':'redacted_thinking','data':'D'}]},"
	  "{'role':'user','content':'r'}]",
	  MAX ",'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':["
	  "{'type':'thinking','thinking':'hm','signature':'S=='},"
	  "{'type':'redacted_thinking','data':'D'},"
	  "{'type':'text','text':'a'}]},"
	  "{'role':'user','content':'r'}]",
	  NO_STORE ",'input':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'a'},"
	  "{'role':'user','content':'r'}]" },
	{ "an answer as an SDK gives it back",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'a','refusal':null,'audio':null,"
	  "'function_call':null,'tool_calls':null,'annotations':[]},"
	  "{'role':'user','content':'r'}]",
	  MAX ",'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'a'},"
	  "{'role':'user','content':'r'}]",
	  NULL },
};

#endif
