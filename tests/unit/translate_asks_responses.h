/* Part of translate_asks.h. */
#ifndef TESTS_TRANSLATE_ASKS_RESPONSES_H
#define TESTS_TRANSLATE_ASKS_RESPONSES_H

/* responses, chat, messages */
static const struct trio from_responses[] = {
	{ "a string", "'input':'hi'", HI, HI "," MAX },
	{ "instructions and messages",
	  "'instructions':'a','input':[{'role':'developer','content':'b'},"
	  "{'type':'message','role':'user','content':["
	  "{'type':'input_text','text':'c'},"
	  "{'type':'input_text','text':'d'}]},"
	  "{'type':'message','id':'m','status':'completed',"
	  "'role':'assistant','content':[{'type':'output_text','text':'e',"
	  "'annotations':[],'logprobs':[]}]},"
	  "{'role':'user','content':'f'}]",
	  "'messages':[{'role':'system','content':'a'},"
	  "{'role':'system','content':'b'},"
	  "{'role':'user','content':'c\\nd'},"
	  "{'role':'assistant','content':'e'},"
	  "{'role':'user','content':'f'}]",
	  MAX ",'system':[{'type':'text','text':'a'},"
	  "{'type':'text','text':'b'}],'messages':["
	  "{'role':'user','content':[{'type':'text','text':'c'},"
	  "{'type':'text','text':'d'}]},"
	  "{'role':'assistant','content':'e'},"
	  "{'role':'user','content':'f'}]" },
	{ "pictures and files",
	  "'input':[{'role':'user','content':["
	  "{'type':'input_image','detail':'auto',"
	  "'image_url':'DATA:image/gif;x=y;BASE64,R0lG'},"
	  "{'type':'input_file','filename':'a.pdf',"
	  "'file_data':'data:application/pdf;base64,JVBE'}]}]",
	  "'messages':[{'role':'user','content':["
	  "{'type':'image_url','image_url':{'detail':'auto',"
	  "'url':'data:image/gif;base64,R0lG'}},"
	  "{'type':'file','file':{'filename':'a.pdf',"
	  "'file_data':'data:application/pdf;base64,JVBE'}}]}]",
	  MAX ",'messages':[{'role':'user','content':["
	  "{'type':'image','source':{'type':'base64',"
	  "'media_type':'image/gif','data':'R0lG'}},"
	  "{'type':'document','title':'a.pdf','source':{'type':'base64',"
	  "'media_type':'application/pdf','data':'JVBE'}}]}]" },
	{ "sound", "'input':[{'role':'user','content':["
	  "{'type':'input_audio','input_audio':{'data':'AA'}}]}]",
	  "'messages':[{'role':'user','content':[{'type':'input_audio',"
	  "'input_audio':{'data':'AA'}}]}]", NULL },
	{ "any JSON", "'input':'hi','text':{'format':{'type':'json_object'}}",
	  HI ",'response_format':{'type':'json_object'}", NULL },
	{ "a file elsewhere",
	  "'input':[{'role':'user','content':[{'type':'input_file',"
	  "'file_url':'https://x'}]}]",
	  NULL,
	  MAX ",'messages':[{'role':'user','content':[{'type':'document',"
	  "'source':{'type':'url','url':'https://x'}}]}]" },
	{ "parallel calls, reasoning and results",
	  "'input':[{'role':'user','content':'q'},"
	  "{'type':'reasoning','id':'rs','summary':["
	  "{'type':'summary_text','text':'h'},"
	  "{'type':'summary_text','text':'m'}],"
	  "'encrypted_content':'anthropic:S'},"
	  "{'type':'reasoning','id':'rs','summary':[],"
	  "'encrypted_content':'anthropic:redacted:D'},"
	  "{'type':'reasoning','id':'rs','summary':[],"
	  "'encrypted_content':'gAAA'},"
	  "{'type':'function_call','id':'fc','status':'completed',"
	  "'call_id':'c1','name':'f','arguments':'{}'},"
	  "{'role':'assistant','content':'I look.'},"
	  "{'type':'function_call','call_id':'c2','name':'g',"
	  "'arguments':'{\\'x\\':\\'\\\\n\\'}'},"
	  "{'type':'function_call_output','call_id':'c1','output':'one'},"
	  "{'type':'function_call_output','call_id':'c2','output':["
	  "{'type':'input_text','text':'two'}]}]",
	  "'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':'I look.','tool_calls':["
	  "{'id':'c1','type':'function','function':{'name':'f',"
	  "'arguments':'{}'}},"
	  "{'id':'c2','type':'function','function':{'name':'g',"
	  "'arguments':'{\\'x\\':\\'\\\\n\\'}'}}]},"
	  "{'role':'tool','tool_call_id':'c1','content':'one'},"
	  "{'role':'tool','tool_call_id':'c2','content':'two'}]",
	  MAX ",'messages':[{'role':'user','content':'q'},"
	  "{'role':'assistant','content':["
	  "{'type':'thinking','thinking':'hm','signature':'S'},"
	  "{'type':'redacted_thinking','data':'D'},"
	  "{'type':'tool_use','id':'c1','name':'f','input':{}},"
	  "{'type':'text','text':'I look.'},"
	  "{'type':'tool_use','id':'c2','name':'g',"
	  "'input':{'x':'\\n'}}]},"
	  "{'role':'user','content':["
	  "{'type':'tool_result','tool_use_id':'c1','content':'one'},"
	  "{'type':'tool_result','tool_use_id':'c2','content':'two'}]}]" },
	{ "a message behind a message",
	  "'input':[{'role':'assistant','content':'a'},"
	  "{'role':'assistant','content':[{'type':'refusal',"
	  "'refusal':'b'}]},{'type':'function_call','call_id':'c',"
	  "'name':'f','arguments':'{}'}]",
	  "'messages':[{'role':'assistant','content':'a'},"
	  "{'role':'assistant','content':null,'refusal':'b','tool_calls':["
	  "{'id':'c','type':'function','function':{'name':'f',"
	  "'arguments':'{}'}}]}]",
	  MAX ",'messages':[{'role':'assistant','content':["
	  "{'type':'text','text':'a'},{'type':'text','text':'b'},"
	  "{'type':'tool_use','id':'c','name':'f','input':{}}]}]" },
	{ "tools",
	  "'input':'hi','tools':[{'type':'function','name':'f',"
	  "'description':'d','parameters':" SCHEMA ",'strict':false}],"
	  "'tool_choice':{'type':'function','name':'f'},"
	  "'parallel_tool_calls':false",
	  HI ",'tools':[{'type':'function','function':{'name':'f',"
	  "'description':'d','parameters':" SCHEMA ",'strict':false}}],"
	  "'tool_choice':{'type':'function','function':{'name':'f'}},"
	  "'parallel_tool_calls':false",
	  HI "," MAX ",'tools':[{'name':'f','description':'d',"
	  "'input_schema':" SCHEMA "}],'tool_choice':{'type':'tool',"
	  "'name':'f','disable_parallel_tool_use':true}" },
	{ "choices without tools",
	  "'input':'hi','tools':[],'tool_choice':'auto',"
	  "'parallel_tool_calls':true", HI, HI "," MAX },
	{ "output",
	  "'input':'hi','text':{'verbosity':'medium','format':{"
	  "'type':'json_schema','name':'n','schema':" SCHEMA "}}",
	  HI ",'verbosity':'medium','response_format':{'type':"
	  "'json_schema','json_schema':{'name':'n','schema':" SCHEMA "}}",
	  HI "," MAX ",'output_config':{'format':{'type':'json_schema',"
	  "'schema':" SCHEMA "}}" },
	{ "the rest",
	  "'input':'hi','max_output_tokens':5000,'temperature':0.5,"
	  "'top_p':0.5,'store':false,'truncation':'disabled',"
	  "'background':false,'include':['reasoning.encrypted_content'],"
	  "'user':'u','metadata':{'k':'v'},'top_logprobs':0,"
	  "'previous_response_id':null,'stream':true",
	  HI ",'max_tokens':5000,'temperature':0.5,'top_p':0.5,'user':'u'",
	  HI ",'max_tokens':5000,'temperature':0.5,'top_p':0.5,"
	  "'metadata':{'user_id':'u'}" },
	{ "reasoning",
	  "'input':'hi','max_output_tokens':5000,"
	  "'reasoning':{'effort':'minimal','summary':'auto'}",
	  HI ",'max_completion_tokens':5000,'reasoning_effort':'minimal'",
	  HI ",'max_tokens':5000,"
	  "'thinking':{'type':'enabled','budget_tokens':1024}" },
};

#endif
