/*
 * What is assembled of streams that were translated. All double quotes are
 * written as single ones.
 */
#ifndef TESTS_TRANSLATE_CASES_H
#define TESTS_TRANSLATE_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "translate_exact.h"

/* json NULL: there is none, for the stream is bad or cannot be said in that
 * shape; but cut: it can, and half a call makes no whole reply. */
static const struct {
	const char *what;
	enum shape from;
	size_t n;
	const char *sse;
	struct {
		enum shape to;
		bool cut;
		const char *json;
	} as[2];
} become[] = {
	{ "surrogate halves that meet", SHAPE_CHAT, 2,
	  CH("{'content':'a'}")
	  EV("{'choices':[{'index':0,'delta':{'content':'\\ud83d'}}]}")
	  EV("{'choices':[{'index':0,'delta':{'content':'\\ude00\\n'}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a\\ud83d\\ude00\\n'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a\\ud83d\\ude00\\n',"
	      "'annotations':[],'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "parallel calls, mixed, a call at a time", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':''}},{'index':1,'id':'t1','function':{'name':'g',"
	     "'arguments':'{'}}]}")
	  CH("{'tool_calls':[{'index':0,"
	     "'function':{'arguments':'{\\'a\\':\\'}'}},{'index':1,"
	     "'function':{'arguments':'}'}}]}")
	  CH("{'tool_calls':[{'index':0,'function':{'arguments':'\\'}'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t0','name':'f',"
	      "'input':{'a':'}'}},{'type':'tool_use','id':'t1','name':'g',"
	      "'input':{}}],'stop_reason':'tool_use','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'fc_c1_0','type':'function_call',"
	      "'status':'completed','call_id':'t0','name':'f',"
	      "'arguments':'{\\'a\\':\\'}\\'}'},{'id':'fc_c1_1',"
	      "'type':'function_call','status':'completed','call_id':'t1',"
	      "'name':'g','arguments':'{}'}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "names again and again, and in pieces", SHAPE_CHAT, 1,
	  CH("{'tool_calls':[{'index':0,'id':'t0',"
	     "'function':{'name':'f'}}]}")
	  CH("{'tool_calls':[{'index':0,'id':'t0',"
	     "'function':{'name':'oo'}}]}")
	  CH("{'tool_calls':[{'index':0,'id':'t0',"
	     "'function':{'name':'foo','arguments':'{}'}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t0','name':'foo',"
	      "'input':{}}],'stop_reason':'tool_use','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "another name when it is too late", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':'{'}}]}")
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'g',"
	     "'arguments':'}'}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "no ids, no indices, whole arguments", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'function':{'name':'f',"
	     "'arguments':'{\\'a\\':1}'}},{'function':{'name':'g',"
	     "'arguments':''}}]}")
	  CH("{'tool_calls':[{'function':{'name':'h','arguments':'{}'}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'call_c1_0','name':'f',"
	      "'input':{'a':1}},{'type':'tool_use','id':'call_c1_1',"
	      "'name':'g','input':{}},{'type':'tool_use','id':'call_c1_2',"
	      "'name':'h','input':{}}],'stop_reason':'tool_use',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'fc_c1_0','type':'function_call',"
	      "'status':'completed','call_id':'call_c1_0','name':'f',"
	      "'arguments':'{\\'a\\':1}'},{'id':'fc_c1_1',"
	      "'type':'function_call','status':'completed',"
	      "'call_id':'call_c1_1','name':'g','arguments':'{}'},"
	      "{'id':'fc_c1_2','type':'function_call','status':'completed',"
	      "'call_id':'call_c1_2','name':'h','arguments':'{}'}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "one index for all", SHAPE_CHAT, 1,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':'{}'}}]}")
	  CH("{'tool_calls':[{'index':0,'id':'t1','function':{'name':'g',"
	     "'arguments':'{}'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t0','name':'f','input':{}},"
	      "{'type':'tool_use','id':'t1','name':'g','input':{}}],"
	      "'stop_reason':'tool_use','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "arguments that are an object", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t','function':{'name':'f',"
	     "'arguments':{'a':'\\''}}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t','name':'f',"
	      "'input':{'a':'\\''}}],'stop_reason':'tool_use',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'fc_c1_0','type':'function_call',"
	      "'status':'completed','call_id':'t','name':'f',"
	      "'arguments':'{\\'a\\':\\'\\\\\\'\\'}'}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "a call without a name", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t0',"
	     "'function':{'arguments':'{}'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "a custom tool", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t','type':'custom',"
	     "'custom':{'name':'f','input':''}}]}")
	  CH("{'tool_calls':[{'index':0,'custom':{'input':'x y'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'ctc_c1_0',"
	      "'type':'custom_tool_call','status':'completed','call_id':'t',"
	      "'name':'f','input':'x y'}],"
	      REST
	      ",'usage':null,'user':null}" },
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "function_call of old", SHAPE_CHAT, 1,
	  CH("{'function_call':{'name':'f','arguments':''}}")
	  CH("{'function_call':{'arguments':'{}'}}")
	  CHEND("'function_call'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'call_c1_0','name':'f',"
	      "'input':{}}],'stop_reason':'tool_use','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "text behind a call", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':'{'}}]}")
	  CH("{'content':'x'}")
	  CH("{'tool_calls':[{'index':0,'function':{'arguments':'}'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t0','name':'f','input':{}},"
	      "{'type':'text','text':'x'}],'stop_reason':'tool_use',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'fc_c1_0','type':'function_call',"
	      "'status':'completed','call_id':'t0','name':'f',"
	      "'arguments':'{}'},{'id':'msg_c1_1','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'x','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "reasoning, said three times over", SHAPE_CHAT, 2,
	  CH("{'reasoning':'h','reasoning_content':'h',"
	     "'reasoning_details':[{'type':'reasoning.text','text':'h',"
	     "'index':0}]}")
	  CH("{'reasoning':'m','reasoning_content':'m',"
	     "'reasoning_details':[{'type':'reasoning.text','text':'m',"
	     "'index':0,'signature':'S'}]}")
	  CH("{'content':'x'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'hm',"
	      "'signature':'chat:S'},{'type':'text','text':'x'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'rs_c1_0','type':'reasoning',"
	      "'summary':[{'type':'summary_text','text':'hm'}],"
	      "'encrypted_content':'chat:S'},{'id':'msg_c1_1',"
	      "'type':'message','status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'x','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "reasoning nobody can read", SHAPE_CHAT, 2,
	  CH("{'reasoning_details':[{'type':'reasoning.encrypted',"
	     "'data':'a','index':0}]}")
	  CH("{'reasoning_details':[{'type':'reasoning.encrypted',"
	     "'data':'b','index':0}]}")
	  CH("{'content':'x'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'redacted_thinking','data':'chat:ab'},"
	      "{'type':'text','text':'x'}],'stop_reason':'end_turn',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'rs_c1_0','type':'reasoning',"
	      "'summary':[],'encrypted_content':'chat:redacted:ab'},"
	      "{'id':'msg_c1_1','type':'message','status':'completed',"
	      "'role':'assistant','content':[{'type':'output_text','text':'x',"
	      "'annotations':[],'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "LiteLLM's blocks", SHAPE_CHAT, 1,
	  CH("{'reasoning_content':'hm',"
	     "'thinking_blocks':[{'type':'thinking','thinking':'hm',"
	     "'signature':''}]}")
	  CH("{'reasoning_content':'',"
	     "'thinking_blocks':[{'type':'thinking','thinking':'',"
	     "'signature':'S'}]}")
	  CH("{'content':'x'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'hm',"
	      "'signature':'chat:S'},{'type':'text','text':'x'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "larder's own blocks", SHAPE_CHAT, 1,
	  CH("{'reasoning_content':'hm'}")
	  CH("{'thinking_blocks':[{'type':'thinking','thinking':'hm',"
	     "'signature':'anthropic:S'}]}")
	  CH("{'content':'x'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'hm',"
	      "'signature':'chat:anthropic:S'},{'type':'text','text':'x'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "a refusal", SHAPE_CHAT, 2,
	  CH("{'refusal':'I '}")
	  CH("{'refusal':'will not'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'I will not'}],"
	      "'stop_reason':'refusal','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'refusal','refusal':'I will not'}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "logprobs", SHAPE_CHAT, 1,
	  EV("{'id':'c1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'content':'x'},"
	     "'finish_reason':null,'logprobs':{'content':[{'token':'x',"
	     "'logprob':-1.0}],'refusal':null}}]}")
	  EV("{'id':'c1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'content':'y'},"
	     "'finish_reason':null,'logprobs':{'content':[{'token':'y',"
	     "'logprob':-2.0}],'refusal':null}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'xy','annotations':[],"
	      "'logprobs':[{'token':'x','logprob':-1.0},{'token':'y',"
	      "'logprob':-2.0}]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "web citations", SHAPE_CHAT, 2,
	  CH("{'content':'abc'}")
	  CH("{'annotations':[{'type':'url_citation',"
	     "'url_citation':{'url':'http://u','title':'T','start_index':1,"
	     "'end_index':2}},{'type':'file'}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'abc',"
	      "'citations':[{'type':'web_search_result_location',"
	      "'cited_text':'','encrypted_index':'','title':'T',"
	      "'url':'http://u'}]}],'stop_reason':'end_turn',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'abc',"
	      "'annotations':[{'type':'url_citation','start_index':1,"
	      "'end_index':2,'title':'T','url':'http://u'}],'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "cut off", SHAPE_CHAT, 2,
	  CH("{'content':'ab'}")
	  CHEND("'length'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'ab'}],"
	      "'stop_reason':'max_tokens','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "incomplete", "{'reason':'max_output_tokens'}")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'incomplete','role':'assistant',"
	      "'content':[{'type':'output_text','text':'ab','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "filtered", SHAPE_CHAT, 2,
	  CH("{'content':'ab'}")
	  CHEND("'content_filter'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'ab'}],"
	      "'stop_reason':'refusal','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "incomplete", "{'reason':'content_filter'}")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'incomplete','role':'assistant',"
	      "'content':[{'type':'output_text','text':'ab','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "a stop sequence vLLM names", SHAPE_CHAT, 1,
	  CH("{'content':'ab'}")
	  EV("{'id':'c1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{},"
	     "'finish_reason':'stop','stop_reason':'END'}]}")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'ab'}],"
	      "'stop_reason':'stop_sequence','stop_sequence':'END',"
	      UNTOLD
	      "}" },
	  } },
	{ "usage in every chunk", SHAPE_CHAT, 2,
	  EV("{'id':'c1','choices':[{'index':0,'delta':{'content':'a'}}],"
	     "'usage':{'prompt_tokens':4,'completion_tokens':1}}")
	  EV("{'id':'c1','choices':[{'index':0,'delta':{'content':'b'},"
	     "'finish_reason':'stop'}],'usage':{'prompt_tokens':4,"
	     "'completion_tokens':2}}")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'',"
	      "'content':[{'type':'text','text':'ab'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      "'usage':{'input_tokens':4,'cache_creation_input_tokens':null,"
	      "'cache_read_input_tokens':null,'output_tokens':2}}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("0", "completed", "null")
	      ",'model':'','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'ab','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':{'input_tokens':4,"
	      "'input_tokens_details':{'cached_tokens':0},'output_tokens':2,"
	      "'output_tokens_details':{'reasoning_tokens':0},"
	      "'total_tokens':6},'user':null}" },
	  } },
	{ "Azure's first chunk and empty reasons", SHAPE_CHAT, 2,
	  EV("{'id':'','model':'','created':0,'choices':[],"
	     "'prompt_filter_results':[]}")
	  EV("{'id':'c1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'role':'assistant',"
	     "'content':''},'finish_reason':''}]}")
	  EV("{'id':'c1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'content':'a'},"
	     "'finish_reason':''}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "members nobody knows", SHAPE_CHAT, 1,
	  EV("{'x':1}")
	  EV("{'id':'c1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'content':'a',"
	     "'new':[1]},'finish_reason':null,'more':{}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "two choices", SHAPE_CHAT, 2,
	  CH("{'content':'a'}")
	  EV("{'choices':[{'index':1,'delta':{'content':'b'}}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "sound", SHAPE_CHAT, 1,
	  CH("{'audio':{'id':'a','data':'x'}}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "Mistral's parts", SHAPE_CHAT, 2,
	  CH("{'content':[{'type':'thinking','thinking':[{'type':'text',"
	     "'text':'h'}]}]}")
	  CH("{'content':[{'type':'thinking','thinking':'m'},"
	     "{'type':'text','text':'a'}]}")
	  CH("{'content':'b'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'hm','signature':''},"
	      "{'type':'text','text':'ab'}],'stop_reason':'end_turn',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'rs_c1_0','type':'reasoning',"
	      "'summary':[{'type':'summary_text','text':'hm'}]},"
	      "{'id':'msg_c1_1','type':'message','status':'completed',"
	      "'role':'assistant','content':[{'type':'output_text',"
	      "'text':'ab','annotations':[],'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "a part nobody knows", SHAPE_CHAT, 1,
	  CH("{'content':[{'type':'reference','reference_ids':[1]}]}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "tokens read from the cache and written there", SHAPE_CHAT, 1,
	  CH("{'content':'a'}")
	  CHEND("'stop'")
	  EV("{'id':'c1','choices':[],'usage':{'prompt_tokens':20,"
	     "'completion_tokens':9,"
	     "'prompt_tokens_details':{'cached_tokens':15,"
	     "'cache_write_tokens':15}}}")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      "'usage':{'input_tokens':0,'cache_creation_input_tokens':5,"
	      "'cache_read_input_tokens':15,'output_tokens':9}}" },
	  } },
	{ "no reason", SHAPE_CHAT, 2,
	  CH("{'content':'a'}")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "no terminator", SHAPE_CHAT, 2,
	  CH("{'content':'a'}")
	  CHEND("'stop'"), {
	    { SHAPE_MESSAGES, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "no choices", SHAPE_CHAT, 1,
	  EV("{'id':'c1','choices':[],'usage':{'prompt_tokens':20,"
	     "'completion_tokens':9,'total_tokens':29,"
	     "'prompt_tokens_details':{'cached_tokens':8},"
	     "'completion_tokens_details':{'reasoning_tokens':2}}}")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "something behind the end", SHAPE_CHAT, 1,
	  CHEND("'stop'")
	  DONE_
	  CHEND("'stop'"), {
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "all of it", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'thinking','thinking':'',"
	     "'signature':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'thinking_delta','thinking':'hm'}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'signature_delta','signature':'S'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'content_block_start','index':1,"
	     "'content_block':{'type':'redacted_thinking','data':'R'}}")
	  EV("{'type':'content_block_stop','index':1}")
	  EV("{'type':'ping'}")
	  EV("{'type':'content_block_start','index':2,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':2,"
	     "'delta':{'type':'text_delta','text':'Hi'}}")
	  EV("{'type':'content_block_stop','index':2}")
	  EV("{'type':'content_block_start','index':3,"
	     "'content_block':{'type':'tool_use','id':'t','name':'f',"
	     "'input':{}}}")
	  EV("{'type':'content_block_delta','index':3,"
	     "'delta':{'type':'input_json_delta','partial_json':''}}")
	  EV("{'type':'content_block_delta','index':3,"
	     "'delta':{'type':'input_json_delta',"
	     "'partial_json':'{\\'a\\': 1}'}}")
	  EV("{'type':'content_block_stop','index':3}")
	  EV("{'type':'content_block_start','index':4,"
	     "'content_block':{'type':'tool_use','id':'u','name':'g',"
	     "'input':{}}}")
	  EV("{'type':'content_block_stop','index':4}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'tool_use',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'reasoning_content':'hm',"
	      "'thinking_blocks':[{'type':'thinking','thinking':'hm',"
	      "'signature':'anthropic:S'},{'type':'redacted_thinking',"
	      "'data':'anthropic:R'}],'content':'Hi','tool_calls':[{'id':'t',"
	      "'type':'function','function':{'name':'f',"
	      "'arguments':'{\\'a\\': 1}'}},{'id':'u','type':'function',"
	      "'function':{'name':'g','arguments':'{}'}}]},'logprobs':null,"
	      "'finish_reason':'tool_calls'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'rs_m1_0','type':'reasoning',"
	      "'summary':[{'type':'summary_text','text':'hm'}],"
	      "'encrypted_content':'anthropic:S'},{'id':'rs_m1_1',"
	      "'type':'reasoning','summary':[],"
	      "'encrypted_content':'anthropic:redacted:R'},{'id':'msg_m1_2',"
	      "'type':'message','status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'Hi','annotations':[],"
	      "'logprobs':[]}]},{'id':'fc_m1_3','type':'function_call',"
	      "'status':'completed','call_id':'t','name':'f',"
	      "'arguments':'{\\'a\\': 1}'},{'id':'fc_m1_4',"
	      "'type':'function_call','status':'completed','call_id':'u',"
	      "'name':'g','arguments':'{}'}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "input that comes at once", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'tool_use','id':'t','name':'f',"
	     "'input':{'a':[1]}}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'tool_use',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'tool_calls':[{'id':'t','type':'function',"
	      "'function':{'name':'f','arguments':'{\\'a\\':[1]}'}}],"
	      "'content':null},'logprobs':null,'finish_reason':'tool_calls'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'fc_m1_0','type':'function_call',"
	      "'status':'completed','call_id':'t','name':'f',"
	      "'arguments':'{\\'a\\':[1]}'}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "blocks that never stop", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':'a'}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'b'}}")
	  EV("{'type':'content_block_start','index':1,"
	     "'content_block':{'type':'tool_use','id':'t','name':'f',"
	     "'input':{'a':1}}}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'tool_use',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'ab','tool_calls':[{'id':'t',"
	      "'type':'function','function':{'name':'f',"
	      "'arguments':'{\\'a\\':1}'}}]},'logprobs':null,"
	      "'finish_reason':'tool_calls'}],"
	      USED_CHAT
	      "}" },
	  } },
	{ "citations", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'ab'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'content_block_start','index':1,"
	     "'content_block':{'type':'text','text':'','citations':[]}}")
	  EV("{'type':'content_block_delta','index':1,"
	     "'delta':{'type':'citations_delta',"
	     "'citation':{'type':'web_search_result_location',"
	     "'url':'http://u','title':null,'cited_text':'x',"
	     "'encrypted_index':'e'}}}")
	  EV("{'type':'content_block_delta','index':1,"
	     "'delta':{'type':'text_delta','text':'c\\u00e9\\ud83d\\ude00d'}}")
	  EV("{'type':'content_block_stop','index':1}")
	  EV("{'type':'content_block_start','index':2,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':2,"
	     "'delta':{'type':'text_delta','text':'e'}}")
	  EV("{'type':'content_block_stop','index':2}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'abc\\u00e9\\ud83d\\ude00de',"
	      "'annotations':[{'type':'url_citation',"
	      "'url_citation':{'start_index':2,'end_index':6,'title':'',"
	      "'url':'http://u'}}]},'logprobs':null,'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'ab','annotations':[],"
	      "'logprobs':[]},{'type':'output_text',"
	      "'text':'c\\u00e9\\ud83d\\ude00d',"
	      "'annotations':[{'type':'url_citation','start_index':0,"
	      "'end_index':4,'title':'','url':'http://u'}],'logprobs':[]},"
	      "{'type':'output_text','text':'e','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "stopped by stop_sequence", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'stop_sequence',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "stopped by max_tokens", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'max_tokens',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'length'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "incomplete", "{'reason':'max_output_tokens'}")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'incomplete','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "stopped by model_context_window_exceeded", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta',"
	     "'delta':{'stop_reason':'model_context_window_exceeded',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'length'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "incomplete", "{'reason':'max_output_tokens'}")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'incomplete','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "stopped by refusal", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'refusal',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'content_filter'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "incomplete", "{'reason':'content_filter'}")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'incomplete','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "stopped by pause_turn", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'pause_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "stopped by new_reason", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'new_reason',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "half a tool call", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'tool_use','id':'t','name':'f',"
	     "'input':{}}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'input_json_delta','partial_json':'{\\'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'max_tokens',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'tool_calls':[{'id':'t','type':'function',"
	      "'function':{'name':'f','arguments':'{\\'a'}}],'content':null},"
	      "'logprobs':null,'finish_reason':'length'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "incomplete", "{'reason':'max_output_tokens'}")
	      ",'model':'cl','output':[{'id':'fc_m1_0','type':'function_call',"
	      "'status':'incomplete','call_id':'t','name':'f',"
	      "'arguments':'{\\'a'}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "an empty answer", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':null},'logprobs':null,"
	      "'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "empty text", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':''},'logprobs':null,"
	      "'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	  } },
	{ "usage told at the end", SHAPE_MESSAGES, 2,
	  EV("{'type':'message_start','message':{'id':'m1','type':'message',"
	     "'role':'assistant','model':'cl','content':[],'stop_reason':null,"
	     "'stop_sequence':null,'usage':{'input_tokens':0,"
	     "'output_tokens':0}}}")
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn'},"
	     "'usage':{'input_tokens':3,'cache_read_input_tokens':7,"
	     "'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'stop'}],'usage':{'prompt_tokens':10,"
	      "'completion_tokens':9,'total_tokens':19,"
	      "'prompt_tokens_details':{'cached_tokens':7}}}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':{'input_tokens':10,"
	      "'input_tokens_details':{'cached_tokens':7},'output_tokens':9,"
	      "'output_tokens_details':{'reasoning_tokens':0},"
	      "'total_tokens':19},'user':null}" },
	  } },
	{ "a tool of the server", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'server_tool_use','id':'s',"
	     "'name':'web_search','input':{}}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "a delta nobody knows", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'new_delta','x':1}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      NULL },
	  } },
	{ "an event nobody knows", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'new_event','x':1}")
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'stop'}],"
	      USED_CHAT
	      "}" },
	  } },
	{ "content in an event nobody knows", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'new_event','delta':{'text':'x'}}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      NULL },
	  } },
	{ "no message_start", SHAPE_MESSAGES, 1,
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      NULL },
	  } },
	{ "no message_stop", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}"), {
	    { SHAPE_CHAT, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "reasoning in parts, and what proves it", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'reasoning','id':'x','summary':[]}}")
	  EV("{'type':'response.reasoning_summary_text.delta',"
	     "'output_index':0,'summary_index':0,'delta':'a'}")
	  EV("{'type':'response.reasoning_summary_text.done','output_index':0,"
	     "'summary_index':0,'text':'a'}")
	  EV("{'type':'response.reasoning_summary_text.delta',"
	     "'output_index':0,'summary_index':1,'delta':'b'}")
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'reasoning','id':'x','summary':[],"
	     "'encrypted_content':'E'}}")
	  EV("{'type':'response.completed','response':{'id':'r1',"
	     "'created_at':7,'model':'m','status':'completed',"
	     "'incomplete_details':null,'output':[],"
	     "'usage':{'input_tokens':20,"
	     "'input_tokens_details':{'cached_tokens':8},'output_tokens':9,"
	     "'output_tokens_details':{'reasoning_tokens':2},"
	     "'total_tokens':29}}}"), {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'reasoning_content':'a\\n\\nb',"
	      "'thinking_blocks':[{'type':'thinking','thinking':'a\\n\\nb',"
	      "'signature':'openai:E'}],'content':null},'logprobs':null,"
	      "'finish_reason':'stop'}],'usage':{'prompt_tokens':20,"
	      "'completion_tokens':9,'total_tokens':29,"
	      "'prompt_tokens_details':{'cached_tokens':8},"
	      "'completion_tokens_details':{'reasoning_tokens':2}}}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'a\\n\\nb',"
	      "'signature':'openai:E'}],'stop_reason':'end_turn',"
	      "'stop_sequence':null,'usage':{'input_tokens':12,"
	      "'cache_creation_input_tokens':null,'cache_read_input_tokens':8,"
	      "'output_tokens':9}}" },
	  } },
	{ "reasoning of which nothing is said", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'reasoning','id':'x','summary':[]}}")
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'reasoning','id':'x','summary':[]}}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':null},'logprobs':null,"
	      "'finish_reason':'stop'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[],'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "reasoning text", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'reasoning','id':'x','summary':[]}}")
	  EV("{'type':'response.reasoning_text.delta','output_index':0,"
	     "'content_index':0,'delta':'ab'}")
	  EV("{'type':'response.reasoning_text.done','output_index':0,"
	     "'content_index':0,'text':'ab'}")
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'reasoning','id':'x','summary':[]}}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'reasoning_content':'ab','content':null},"
	      "'logprobs':null,'finish_reason':'stop'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'ab','signature':''}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "whole parts and items only", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'reasoning','summary':[{'type':'summary_text',"
	     "'text':'r'}]}}")
	  EV("{'type':'response.output_item.done','output_index':1,"
	     "'item':{'type':'message','content':[{'type':'output_text',"
	     "'text':'a'},{'type':'refusal','refusal':'no'}]}}")
	  EV("{'type':'response.output_item.done','output_index':2,"
	     "'item':{'type':'function_call','call_id':'k','name':'f',"
	     "'arguments':'{}'}}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':'no','reasoning_content':'r','content':'a',"
	      "'tool_calls':[{'id':'k','type':'function',"
	      "'function':{'name':'f','arguments':'{}'}}]},'logprobs':null,"
	      "'finish_reason':'tool_calls'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'r','signature':''},"
	      "{'type':'text','text':'a'},{'type':'text','text':'no'},"
	      "{'type':'tool_use','id':'k','name':'f','input':{}}],"
	      "'stop_reason':'tool_use','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "no indices", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':null,"
	     "'item':{'type':'message'}}")
	  EV("{'type':'response.output_text.delta','delta':'a'}")
	  EV("{'type':'response.output_item.added','output_index':null,"
	     "'item':{'type':'function_call','call_id':'k','name':'f'}}")
	  EV("{'type':'response.function_call_arguments.delta','delta':'{}'}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a','tool_calls':[{'id':'k',"
	      "'type':'function','function':{'name':'f','arguments':'{}'}}]},"
	      "'logprobs':null,'finish_reason':'tool_calls'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'},{'type':'tool_use',"
	      "'id':'k','name':'f','input':{}}],'stop_reason':'tool_use',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "two parts", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message'}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'a','logprobs':[{'token':'a'}]}")
	  EV("{'type':'response.output_text.annotation.added',"
	     "'output_index':0,'content_index':0,"
	     "'annotation':{'type':'url_citation','url':'u','title':'t',"
	     "'start_index':0,'end_index':1}}")
	  EV("{'type':'response.refusal.delta','output_index':0,"
	     "'content_index':1,'delta':'no'}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':'no','content':'a',"
	      "'annotations':[{'type':'url_citation',"
	      "'url_citation':{'start_index':0,'end_index':1,'title':'t',"
	      "'url':'u'}}]},'logprobs':{'content':[{'token':'a'}],"
	      "'refusal':null},'finish_reason':'stop'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a',"
	      "'citations':[{'type':'web_search_result_location',"
	      "'cited_text':'','encrypted_index':'','title':'t','url':'u'}]},"
	      "{'type':'text','text':'no'}],'stop_reason':'refusal',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "a custom tool", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'custom_tool_call','call_id':'k','name':'f'}}")
	  EV("{'type':'response.custom_tool_call_input.delta',"
	     "'output_index':0,'delta':'x y'}")
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'custom_tool_call','call_id':'k','name':'f',"
	     "'input':'x y'}}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'tool_calls':[{'id':'k','type':'custom',"
	      "'custom':{'name':'f','input':'x y'}}],'content':null},"
	      "'logprobs':null,'finish_reason':'tool_calls'}]}" },
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "cut off", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message'}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'a'}")
	  EV("{'type':'response.incomplete','response':{'id':'r1',"
	     "'created_at':7,'model':'m','status':'incomplete',"
	     "'incomplete_details':{'reason':'max_output_tokens'},'output':[],"
	     "'usage':null}}"), {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'length'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'}],"
	      "'stop_reason':'max_tokens','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "filtered", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message'}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'a'}")
	  EV("{'type':'response.incomplete','response':{'id':'r1',"
	     "'created_at':7,'model':'m','status':'incomplete',"
	     "'incomplete_details':{'reason':'content_filter'},'output':[],"
	     "'usage':null}}"), {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'content_filter'}]}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'}],'stop_reason':'refusal',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "a tool of the server", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'web_search_call','id':'w'}}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      NULL },
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "an event nobody knows", SHAPE_RESPONSES, 1,
	  RESP_START
	  EV("{'type':'response.queued','response':{}}")
	  EV("{'type':'response.new_event','x':1}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':null},'logprobs':null,"
	      "'finish_reason':'stop'}]}" },
	  } },
	{ "content in an event nobody knows", SHAPE_RESPONSES, 1,
	  RESP_START
	  EV("{'type':'response.audio.delta','delta':'x'}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      NULL },
	  } },
	{ "no end", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message'}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'a'}"), {
	    { SHAPE_CHAT, false,
	      NULL },
	    { SHAPE_MESSAGES, false,
	      NULL },
	  } },
	{ "[DONE] is no end here", SHAPE_RESPONSES, 1,
	  RESP_START
	  DONE_, {
	    { SHAPE_CHAT, false,
	      NULL },
	  } },
	{ "blanks behind a whole call", SHAPE_CHAT, 1,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':'{}'}}]}")
	  CH("{'content':'x'}")
	  CH("{'tool_calls':[{'index':0,'function':{'arguments':'\\n '}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t0','name':'f','input':{}},"
	      "{'type':'text','text':'x'}],'stop_reason':'tool_use',"
	      "'stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "more behind a whole call", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':'{}'}}]}")
	  CH("{'content':'x'}")
	  CH("{'tool_calls':[{'index':0,'function':{'arguments':'}'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      NULL },
	    { SHAPE_RESPONSES, false,
	      NULL },
	  } },
	{ "two blocks of reasoning, each signed", SHAPE_CHAT, 2,
	  CH("{'reasoning_content':'a'}")
	  CH("{'thinking_blocks':[{'type':'thinking','thinking':'a',"
	     "'signature':'S'}]}")
	  CH("{'reasoning_content':'b'}")
	  CH("{'thinking_blocks':[{'type':'thinking','thinking':'b',"
	     "'signature':'T'},{'type':'redacted_thinking','data':'R'}]}")
	  CH("{'content':'x'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'a',"
	      "'signature':'chat:S'},{'type':'thinking','thinking':'b',"
	      "'signature':'chat:T'},{'type':'redacted_thinking',"
	      "'data':'chat:R'},{'type':'text','text':'x'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'rs_c1_0','type':'reasoning',"
	      "'summary':[{'type':'summary_text','text':'a'}],"
	      "'encrypted_content':'chat:S'},{'id':'rs_c1_1',"
	      "'type':'reasoning','summary':[{'type':'summary_text',"
	      "'text':'b'}],'encrypted_content':'chat:T'},{'id':'rs_c1_2',"
	      "'type':'reasoning','summary':[],"
	      "'encrypted_content':'chat:redacted:R'},{'id':'msg_c1_3',"
	      "'type':'message','status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'x','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "quotes in arguments, mixed", SHAPE_CHAT, 2,
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':'{\\'a\\':\\'\\\\\\'}'}}]}")
	  CH("{'tool_calls':[{'index':1,'id':'t1','function':{'name':'g',"
	     "'arguments':'{}'}}]}")
	  CH("{'tool_calls':[{'index':0,'function':{'arguments':'\\'}'}}]}")
	  CHEND("'tool_calls'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'tool_use','id':'t0','name':'f',"
	      "'input':{'a':'\\'}'}},{'type':'tool_use','id':'t1','name':'g',"
	      "'input':{}}],'stop_reason':'tool_use','stop_sequence':null,"
	      UNTOLD
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'c1',"
	      HEAD("7", "completed", "null")
	      ",'model':'m','output':[{'id':'fc_c1_0','type':'function_call',"
	      "'status':'completed','call_id':'t0','name':'f',"
	      "'arguments':'{\\'a\\':\\'\\\\\\'}\\'}'},{'id':'fc_c1_1',"
	      "'type':'function_call','status':'completed','call_id':'t1',"
	      "'name':'g','arguments':'{}'}],"
	      REST
	      ",'usage':null,'user':null}" },
	  } },
	{ "two that nobody can read", SHAPE_CHAT, 1,
	  CH("{'reasoning_details':[{'type':'reasoning.encrypted',"
	     "'data':'a','index':0},{'type':'reasoning.encrypted','data':'b',"
	     "'index':1}]}")
	  CH("{'content':'x'}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'redacted_thinking','data':'chat:a'},"
	      "{'type':'redacted_thinking','data':'chat:b'},{'type':'text',"
	      "'text':'x'}],'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
	{ "input that comes twice", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'tool_use','id':'t','name':'f',"
	     "'input':{'a':1}}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'input_json_delta',"
	     "'partial_json':'{\\'a\\':2}'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'tool_use',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'tool_calls':[{'id':'t','type':'function',"
	      "'function':{'name':'f','arguments':'{\\'a\\':2}'}}],"
	      "'content':null},'logprobs':null,'finish_reason':'tool_calls'}],"
	      USED_CHAT
	      "}" },
	  } },
	{ "two reasons", SHAPE_MESSAGES, 1,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'max_tokens',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a'},'logprobs':null,"
	      "'finish_reason':'length'}],"
	      USED_CHAT
	      "}" },
	  } },
	{ "annotations said twice", SHAPE_RESPONSES, 1,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message'}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'a'}")
	  EV("{'type':'response.output_text.annotation.added',"
	     "'output_index':0,'content_index':0,"
	     "'annotation':{'type':'url_citation','url':'u','title':'t',"
	     "'start_index':0,'end_index':1}}")
	  EV("{'type':'response.content_part.done','output_index':0,"
	     "'content_index':0,'part':{'type':'output_text','text':'a',"
	     "'annotations':[{'type':'url_citation','url':'u','title':'t',"
	     "'start_index':0,'end_index':1}]}}")
	  RESP_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'a',"
	      "'annotations':[{'type':'url_citation',"
	      "'url_citation':{'start_index':0,'end_index':1,'title':'t',"
	      "'url':'u'}}]},'logprobs':null,'finish_reason':'stop'}]}" },
	  } },
	{ "text around a call", SHAPE_MESSAGES, 2,
	  MSG_START
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'text_delta','text':'a'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'content_block_start','index':1,"
	     "'content_block':{'type':'tool_use','id':'t','name':'f',"
	     "'input':{}}}")
	  EV("{'type':'content_block_stop','index':1}")
	  EV("{'type':'content_block_start','index':2,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':2,"
	     "'delta':{'type':'text_delta','text':'b'}}")
	  EV("{'type':'content_block_stop','index':2}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END, {
	    { SHAPE_CHAT, false,
	      "{'id':'m1','object':'chat.completion','created':0,'model':'cl',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'content':'ab','tool_calls':[{'id':'t',"
	      "'type':'function','function':{'name':'f','arguments':'{}'}}]},"
	      "'logprobs':null,'finish_reason':'tool_calls'}],"
	      USED_CHAT
	      "}" },
	    { SHAPE_RESPONSES, false,
	      "{'id':'m1',"
	      HEAD("0", "completed", "null")
	      ",'model':'cl','output':[{'id':'msg_m1_0','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'a','annotations':[],"
	      "'logprobs':[]}]},{'id':'fc_m1_1','type':'function_call',"
	      "'status':'completed','call_id':'t','name':'f',"
	      "'arguments':'{}'},{'id':'msg_m1_2','type':'message',"
	      "'status':'completed','role':'assistant',"
	      "'content':[{'type':'output_text','text':'b','annotations':[],"
	      "'logprobs':[]}]}],"
	      REST
	      ","
	      USED
	      ",'user':null}" },
	  } },
	{ "all of it in the last event", SHAPE_RESPONSES, 2,
	  RESP_START
	  EV("{'type':'response.completed','response':{'id':'r1',"
	     "'created_at':7,'model':'m','status':'completed',"
	     "'output':[{'type':'reasoning','id':'x',"
	     "'summary':[{'type':'summary_text','text':'r'}],"
	     "'encrypted_content':'E'},{'type':'message','id':'y',"
	     "'content':[{'type':'output_text','text':'a','annotations':[]},"
	     "{'type':'output_text','text':'b'}]},{'type':'function_call',"
	     "'id':'z','call_id':'k','name':'f','arguments':'{}'}],"
	     "'usage':{'input_tokens':20,"
	     "'input_tokens_details':{'cached_tokens':8},'output_tokens':9,"
	     "'output_tokens_details':{'reasoning_tokens':2},"
	     "'total_tokens':29}}}"), {
	    { SHAPE_CHAT, false,
	      "{'id':'r1','object':'chat.completion','created':7,'model':'m',"
	      "'choices':[{'index':0,'message':{'role':'assistant',"
	      "'refusal':null,'reasoning_content':'r',"
	      "'thinking_blocks':[{'type':'thinking','thinking':'r',"
	      "'signature':'openai:E'}],'content':'ab',"
	      "'tool_calls':[{'id':'k','type':'function',"
	      "'function':{'name':'f','arguments':'{}'}}]},'logprobs':null,"
	      "'finish_reason':'tool_calls'}],'usage':{'prompt_tokens':20,"
	      "'completion_tokens':9,'total_tokens':29,"
	      "'prompt_tokens_details':{'cached_tokens':8},"
	      "'completion_tokens_details':{'reasoning_tokens':2}}}" },
	    { SHAPE_MESSAGES, false,
	      "{'id':'r1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'thinking','thinking':'r',"
	      "'signature':'openai:E'},{'type':'text','text':'a'},"
	      "{'type':'text','text':'b'},{'type':'tool_use','id':'k',"
	      "'name':'f','input':{}}],'stop_reason':'tool_use',"
	      "'stop_sequence':null,'usage':{'input_tokens':12,"
	      "'cache_creation_input_tokens':null,'cache_read_input_tokens':8,"
	      "'output_tokens':9}}" },
	  } },
	{ "an unknown item in the last event", SHAPE_RESPONSES, 1,
	  RESP_START
	  EV("{'type':'response.completed','response':{'id':'r1','model':'m',"
	     "'status':'completed','output':[{'type':'web_search_call'}]}}"), {
	    { SHAPE_CHAT, false,
	      NULL },
	  } },
	{ "empty ones of everything", SHAPE_CHAT, 1,
	  CH("{'content':'a','audio':{'id':'','data':'','transcript':''},"
	     "'function_call':{'name':'','arguments':''},'tool_calls':null,"
	     "'reasoning_details':null,'annotations':null,'refusal':''}")
	  CHEND("'stop'")
	  DONE_, {
	    { SHAPE_MESSAGES, false,
	      "{'id':'c1','type':'message','role':'assistant','model':'m',"
	      "'content':[{'type':'text','text':'a'}],"
	      "'stop_reason':'end_turn','stop_sequence':null,"
	      UNTOLD
	      "}" },
	  } },
};

#endif
