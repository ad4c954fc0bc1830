/*
 * Streams event by event as they become in another shape. All double quotes
 * are written as single ones.
 */
#ifndef TESTS_TRANSLATE_EXACT_H
#define TESTS_TRANSLATE_EXACT_H

#include "dialect/shape.h"

#define EV(data) "data: " data "\n\n"
#define E(type, rest) \
	"event: " type "\ndata: {'type':'" type "'" rest "}\n\n"
#define DONE_ EV("[DONE]")
#define CH(delta) \
	EV("{'id':'c1','object':'chat.completion.chunk','created':7," \
	   "'model':'m','choices':[{'index':0,'delta':" delta \
	   ",'finish_reason':null}]}")
#define CHEND(reason) \
	EV("{'id':'c1','object':'chat.completion.chunk','created':7," \
	   "'model':'m','choices':[{'index':0,'delta':{}," \
	   "'finish_reason':" reason "}]}")
#define HEAD(at, status, why) \
	"'object':'response','created_at':" at ",'status':'" status "'," \
	"'background':false,'error':null,'incomplete_details':" why "," \
	"'instructions':null,'max_output_tokens':null,'metadata':{}"
#define REST \
	"'parallel_tool_calls':true,'previous_response_id':null," \
	"'reasoning':{'effort':null,'summary':null},'store':false," \
	"'temperature':null,'text':{'format':{'type':'text'}}," \
	"'tool_choice':'auto','tools':[],'top_p':null,'truncation':'disabled'"
#define UNTOLD \
	"'usage':{'input_tokens':0,'cache_creation_input_tokens':null," \
	"'cache_read_input_tokens':null,'output_tokens':0}"
#define USED_CHAT \
	"'usage':{'prompt_tokens':15,'completion_tokens':9,'total_tokens':24," \
	"'prompt_tokens_details':{'cached_tokens':7,'cache_write_tokens':5}}"
#define USED \
	"'usage':{'input_tokens':15," \
	"'input_tokens_details':{'cached_tokens':7," \
	"'cache_write_tokens':5},'output_tokens':9," \
	"'output_tokens_details':{'reasoning_tokens':0},'total_tokens':24}"
#define MSG_START \
	"data: {'type':'message_start','message':{'id':'m1','type':'message'," \
	"'role':'assistant','model':'cl','content':[],'stop_reason':null," \
	"'stop_sequence':null,'usage':{'input_tokens':3," \
	"'cache_creation_input_tokens':5,'cache_read_input_tokens':7," \
	"'output_tokens':1}}}\n\n"
#define MSG_END \
	"data: {'type':'message_stop'}\n\n"
#define RESP_START \
	"data: {'type':'response.created','response':{'id':'r1'," \
	"'created_at':7,'model':'m','status':'in_progress','output':[]}}\n\n"
#define RESP_END \
	"data: {'type':'response.completed','response':{'id':'r1'," \
	"'created_at':7,'model':'m','status':'completed'," \
	"'incomplete_details':null,'output':[],'usage':null}}\n\n"

static const struct {
	const char *what;
	enum shape from, to;
	const char *sse, *out;
} exact[] = {
	{ "chat as messages", SHAPE_CHAT, SHAPE_MESSAGES,
	  CH("{'role':'assistant','content':''}")
	  CH("{'content':'Hi'}")
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':''}}]}")
	  CH("{'tool_calls':[{'index':0,"
	     "'function':{'arguments':'{\\'a\\':1}'}}]}")
	  CHEND("'tool_calls'")
	  EV("{'id':'c1','choices':[],'usage':{'prompt_tokens':20,"
	     "'completion_tokens':9,'total_tokens':29,"
	     "'prompt_tokens_details':{'cached_tokens':8},"
	     "'completion_tokens_details':{'reasoning_tokens':2}}}")
	  DONE_,
	  E("message_start",
	    ",'message':{'id':'c1','type':'message','role':'assistant',"
	    "'model':'m','content':[],'stop_reason':null,'stop_sequence':null,"
	    UNTOLD
	    "}")
	  E("content_block_start",
	    ",'index':0,'content_block':{'type':'text','text':''}")
	  E("content_block_delta",
	    ",'index':0,'delta':{'type':'text_delta','text':'Hi'}")
	  E("content_block_stop", ",'index':0")
	  E("content_block_start",
	    ",'index':1,'content_block':{'type':'tool_use','id':'t0',"
	    "'name':'f','input':{}}")
	  E("content_block_delta",
	    ",'index':1,'delta':{'type':'input_json_delta',"
	    "'partial_json':'{\\'a\\':1}'}")
	  E("content_block_stop", ",'index':1")
	  E("message_delta",
	    ",'delta':{'stop_reason':'tool_use','stop_sequence':null},"
	    "'usage':{'input_tokens':12,'cache_creation_input_tokens':null,"
	    "'cache_read_input_tokens':8,'output_tokens':9}")
	  E("message_stop", "") },
	{ "chat as responses", SHAPE_CHAT, SHAPE_RESPONSES,
	  CH("{'role':'assistant','content':''}")
	  CH("{'content':'Hi'}")
	  CH("{'tool_calls':[{'index':0,'id':'t0','function':{'name':'f',"
	     "'arguments':''}}]}")
	  CH("{'tool_calls':[{'index':0,"
	     "'function':{'arguments':'{\\'a\\':1}'}}]}")
	  CHEND("'tool_calls'")
	  EV("{'id':'c1','choices':[],'usage':{'prompt_tokens':20,"
	     "'completion_tokens':9,'total_tokens':29,"
	     "'prompt_tokens_details':{'cached_tokens':8},"
	     "'completion_tokens_details':{'reasoning_tokens':2}}}")
	  DONE_,
	  E("response.created",
	    ",'sequence_number':0,'response':{'id':'c1',"
	    HEAD("7", "in_progress", "null")
	    ",'model':'m','output':[],"
	    REST
	    ",'usage':null,'user':null}")
	  E("response.in_progress",
	    ",'sequence_number':1,'response':{'id':'c1',"
	    HEAD("7", "in_progress", "null")
	    ",'model':'m','output':[],"
	    REST
	    ",'usage':null,'user':null}")
	  E("response.output_item.added",
	    ",'sequence_number':2,'output_index':0,'item':{'id':'msg_c1_0',"
	    "'type':'message','status':'in_progress','role':'assistant',"
	    "'content':[]}")
	  E("response.content_part.added",
	    ",'sequence_number':3,'item_id':'msg_c1_0','output_index':0,"
	    "'content_index':0,'part':{'type':'output_text','text':'',"
	    "'annotations':[],'logprobs':[]}")
	  E("response.output_text.delta",
	    ",'sequence_number':4,'item_id':'msg_c1_0','output_index':0,"
	    "'content_index':0,'delta':'Hi','logprobs':[]")
	  E("response.output_text.done",
	    ",'sequence_number':5,'item_id':'msg_c1_0','output_index':0,"
	    "'content_index':0,'text':'Hi','logprobs':[]")
	  E("response.content_part.done",
	    ",'sequence_number':6,'item_id':'msg_c1_0','output_index':0,"
	    "'content_index':0,'part':{'type':'output_text','text':'Hi',"
	    "'annotations':[],'logprobs':[]}")
	  E("response.output_item.done",
	    ",'sequence_number':7,'output_index':0,'item':{'id':'msg_c1_0',"
	    "'type':'message','status':'completed','role':'assistant',"
	    "'content':[{'type':'output_text','text':'Hi','annotations':[],"
	    "'logprobs':[]}]}")
	  E("response.output_item.added",
	    ",'sequence_number':8,'output_index':1,'item':{'id':'fc_c1_1',"
	    "'type':'function_call','status':'in_progress','call_id':'t0',"
	    "'name':'f','arguments':''}")
	  E("response.function_call_arguments.delta",
	    ",'sequence_number':9,'item_id':'fc_c1_1','output_index':1,"
	    "'delta':'{\\'a\\':1}'")
	  E("response.function_call_arguments.done",
	    ",'sequence_number':10,'item_id':'fc_c1_1','output_index':1,"
	    "'name':'f','arguments':'{\\'a\\':1}'")
	  E("response.output_item.done",
	    ",'sequence_number':11,'output_index':1,'item':{'id':'fc_c1_1',"
	    "'type':'function_call','status':'completed','call_id':'t0',"
	    "'name':'f','arguments':'{\\'a\\':1}'}")
	  E("response.completed",
	    ",'sequence_number':12,'response':{'id':'c1',"
	    HEAD("7", "completed", "null")
	    ",'model':'m','output':[{'id':'msg_c1_0','type':'message',"
	    "'status':'completed','role':'assistant',"
	    "'content':[{'type':'output_text','text':'Hi','annotations':[],"
	    "'logprobs':[]}]},{'id':'fc_c1_1','type':'function_call',"
	    "'status':'completed','call_id':'t0','name':'f',"
	    "'arguments':'{\\'a\\':1}'}],"
	    REST
	    ",'usage':{'input_tokens':20,"
	    "'input_tokens_details':{'cached_tokens':8},'output_tokens':9,"
	    "'output_tokens_details':{'reasoning_tokens':2},"
	    "'total_tokens':29},'user':null}") },
	{ "messages as chat", SHAPE_MESSAGES, SHAPE_CHAT,
	  MSG_START
	  EV("{'type':'ping'}")
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'thinking','thinking':'',"
	     "'signature':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'thinking_delta','thinking':'h'}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'thinking_delta','thinking':'m'}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'signature_delta','signature':'S'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'content_block_start','index':1,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':1,"
	     "'delta':{'type':'text_delta','text':'Hi'}}")
	  EV("{'type':'content_block_stop','index':1}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END,
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[{'index':0,'delta':{'role':'assistant',"
	     "'refusal':null},'logprobs':null,'finish_reason':null}],"
	     "'usage':null}")
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[{'index':0,"
	     "'delta':{'reasoning_content':'h'},'logprobs':null,"
	     "'finish_reason':null}],'usage':null}")
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[{'index':0,"
	     "'delta':{'reasoning_content':'m'},'logprobs':null,"
	     "'finish_reason':null}],'usage':null}")
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[{'index':0,"
	     "'delta':{'thinking_blocks':[{'type':'thinking','thinking':'hm',"
	     "'signature':'anthropic:S'}]},'logprobs':null,"
	     "'finish_reason':null}],'usage':null}")
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[{'index':0,'delta':{'content':'Hi'},"
	     "'logprobs':null,'finish_reason':null}],'usage':null}")
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[{'index':0,'delta':{},'logprobs':null,"
	     "'finish_reason':'stop'}],'usage':null}")
	  EV("{'id':'m1','object':'chat.completion.chunk','created':0,"
	     "'model':'cl','choices':[],'usage':{'prompt_tokens':15,"
	     "'completion_tokens':9,'total_tokens':24,"
	     "'prompt_tokens_details':{'cached_tokens':7,"
	     "'cache_write_tokens':5}}}")
	  DONE_ },
	{ "messages as responses", SHAPE_MESSAGES, SHAPE_RESPONSES,
	  MSG_START
	  EV("{'type':'ping'}")
	  EV("{'type':'content_block_start','index':0,"
	     "'content_block':{'type':'thinking','thinking':'',"
	     "'signature':''}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'thinking_delta','thinking':'h'}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'thinking_delta','thinking':'m'}}")
	  EV("{'type':'content_block_delta','index':0,"
	     "'delta':{'type':'signature_delta','signature':'S'}}")
	  EV("{'type':'content_block_stop','index':0}")
	  EV("{'type':'content_block_start','index':1,"
	     "'content_block':{'type':'text','text':''}}")
	  EV("{'type':'content_block_delta','index':1,"
	     "'delta':{'type':'text_delta','text':'Hi'}}")
	  EV("{'type':'content_block_stop','index':1}")
	  EV("{'type':'message_delta','delta':{'stop_reason':'end_turn',"
	     "'stop_sequence':null},'usage':{'output_tokens':9}}")
	  MSG_END,
	  E("response.created",
	    ",'sequence_number':0,'response':{'id':'m1',"
	    HEAD("0", "in_progress", "null")
	    ",'model':'cl','output':[],"
	    REST
	    ",'usage':null,'user':null}")
	  E("response.in_progress",
	    ",'sequence_number':1,'response':{'id':'m1',"
	    HEAD("0", "in_progress", "null")
	    ",'model':'cl','output':[],"
	    REST
	    ",'usage':null,'user':null}")
	  E("response.output_item.added",
	    ",'sequence_number':2,'output_index':0,'item':{'id':'rs_m1_0',"
	    "'type':'reasoning','summary':[]}")
	  E("response.reasoning_summary_part.added",
	    ",'sequence_number':3,'item_id':'rs_m1_0','output_index':0,"
	    "'summary_index':0,'part':{'type':'summary_text','text':''}")
	  E("response.reasoning_summary_text.delta",
	    ",'sequence_number':4,'item_id':'rs_m1_0','output_index':0,"
	    "'summary_index':0,'delta':'h'")
	  E("response.reasoning_summary_text.delta",
	    ",'sequence_number':5,'item_id':'rs_m1_0','output_index':0,"
	    "'summary_index':0,'delta':'m'")
	  E("response.reasoning_summary_text.done",
	    ",'sequence_number':6,'item_id':'rs_m1_0','output_index':0,"
	    "'summary_index':0,'text':'hm'")
	  E("response.reasoning_summary_part.done",
	    ",'sequence_number':7,'item_id':'rs_m1_0','output_index':0,"
	    "'summary_index':0,'part':{'type':'summary_text','text':'hm'}")
	  E("response.output_item.done",
	    ",'sequence_number':8,'output_index':0,'item':{'id':'rs_m1_0',"
	    "'type':'reasoning','summary':[{'type':'summary_text',"
	    "'text':'hm'}],'encrypted_content':'anthropic:S'}")
	  E("response.output_item.added",
	    ",'sequence_number':9,'output_index':1,'item':{'id':'msg_m1_1',"
	    "'type':'message','status':'in_progress','role':'assistant',"
	    "'content':[]}")
	  E("response.content_part.added",
	    ",'sequence_number':10,'item_id':'msg_m1_1','output_index':1,"
	    "'content_index':0,'part':{'type':'output_text','text':'',"
	    "'annotations':[],'logprobs':[]}")
	  E("response.output_text.delta",
	    ",'sequence_number':11,'item_id':'msg_m1_1','output_index':1,"
	    "'content_index':0,'delta':'Hi','logprobs':[]")
	  E("response.output_text.done",
	    ",'sequence_number':12,'item_id':'msg_m1_1','output_index':1,"
	    "'content_index':0,'text':'Hi','logprobs':[]")
	  E("response.content_part.done",
	    ",'sequence_number':13,'item_id':'msg_m1_1','output_index':1,"
	    "'content_index':0,'part':{'type':'output_text','text':'Hi',"
	    "'annotations':[],'logprobs':[]}")
	  E("response.output_item.done",
	    ",'sequence_number':14,'output_index':1,'item':{'id':'msg_m1_1',"
	    "'type':'message','status':'completed','role':'assistant',"
	    "'content':[{'type':'output_text','text':'Hi','annotations':[],"
	    "'logprobs':[]}]}")
	  E("response.completed",
	    ",'sequence_number':15,'response':{'id':'m1',"
	    HEAD("0", "completed", "null")
	    ",'model':'cl','output':[{'id':'rs_m1_0','type':'reasoning',"
	    "'summary':[{'type':'summary_text','text':'hm'}],"
	    "'encrypted_content':'anthropic:S'},{'id':'msg_m1_1',"
	    "'type':'message','status':'completed','role':'assistant',"
	    "'content':[{'type':'output_text','text':'Hi','annotations':[],"
	    "'logprobs':[]}]}],"
	    REST
	    ","
	    USED
	    ",'user':null}") },
	{ "responses as chat", SHAPE_RESPONSES, SHAPE_CHAT,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message','id':'x','status':'in_progress',"
	     "'role':'assistant','content':[]}}")
	  EV("{'type':'response.content_part.added','output_index':0,"
	     "'content_index':0,'part':{'type':'output_text','text':'',"
	     "'annotations':[]}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'Hi'}")
	  EV("{'type':'response.output_text.done','output_index':0,"
	     "'content_index':0,'text':'Hi'}")
	  EV("{'type':'response.content_part.done','output_index':0,"
	     "'content_index':0,'part':{'type':'output_text','text':'Hi',"
	     "'annotations':[]}}")
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'message','id':'x','status':'completed',"
	     "'role':'assistant','content':[{'type':'output_text','text':'Hi',"
	     "'annotations':[]}]}}")
	  EV("{'type':'response.output_item.added','output_index':1,"
	     "'item':{'type':'function_call','id':'y','call_id':'k',"
	     "'name':'f','arguments':''}}")
	  EV("{'type':'response.function_call_arguments.delta',"
	     "'output_index':1,'delta':'{\\'a\\':1}'}")
	  EV("{'type':'response.function_call_arguments.done',"
	     "'output_index':1,'arguments':'{\\'a\\':1}'}")
	  EV("{'type':'response.output_item.done','output_index':1,"
	     "'item':{'type':'function_call','id':'y','call_id':'k',"
	     "'name':'f','arguments':'{\\'a\\':1}'}}")
	  EV("{'type':'response.completed','response':{'id':'r1',"
	     "'created_at':7,'model':'m','status':'completed',"
	     "'incomplete_details':null,'output':[],"
	     "'usage':{'input_tokens':20,"
	     "'input_tokens_details':{'cached_tokens':8},'output_tokens':9,"
	     "'output_tokens_details':{'reasoning_tokens':2},"
	     "'total_tokens':29}}}"),
	  EV("{'id':'r1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'role':'assistant',"
	     "'refusal':null},'logprobs':null,'finish_reason':null}],"
	     "'usage':null}")
	  EV("{'id':'r1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{'content':'Hi'},"
	     "'logprobs':null,'finish_reason':null}],'usage':null}")
	  EV("{'id':'r1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,"
	     "'delta':{'tool_calls':[{'index':0,'id':'k','type':'function',"
	     "'function':{'name':'f','arguments':''}}]},'logprobs':null,"
	     "'finish_reason':null}],'usage':null}")
	  EV("{'id':'r1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,"
	     "'delta':{'tool_calls':[{'index':0,"
	     "'function':{'arguments':'{\\'a\\':1}'}}]},'logprobs':null,"
	     "'finish_reason':null}],'usage':null}")
	  EV("{'id':'r1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[{'index':0,'delta':{},'logprobs':null,"
	     "'finish_reason':'tool_calls'}],'usage':null}")
	  EV("{'id':'r1','object':'chat.completion.chunk','created':7,"
	     "'model':'m','choices':[],'usage':{'prompt_tokens':20,"
	     "'completion_tokens':9,'total_tokens':29,"
	     "'prompt_tokens_details':{'cached_tokens':8},"
	     "'completion_tokens_details':{'reasoning_tokens':2}}}")
	  DONE_ },
	{ "responses as messages", SHAPE_RESPONSES, SHAPE_MESSAGES,
	  RESP_START
	  EV("{'type':'response.output_item.added','output_index':0,"
	     "'item':{'type':'message','id':'x','status':'in_progress',"
	     "'role':'assistant','content':[]}}")
	  EV("{'type':'response.content_part.added','output_index':0,"
	     "'content_index':0,'part':{'type':'output_text','text':'',"
	     "'annotations':[]}}")
	  EV("{'type':'response.output_text.delta','output_index':0,"
	     "'content_index':0,'delta':'Hi'}")
	  EV("{'type':'response.output_text.done','output_index':0,"
	     "'content_index':0,'text':'Hi'}")
	  EV("{'type':'response.content_part.done','output_index':0,"
	     "'content_index':0,'part':{'type':'output_text','text':'Hi',"
	     "'annotations':[]}}")
	  EV("{'type':'response.output_item.done','output_index':0,"
	     "'item':{'type':'message','id':'x','status':'completed',"
	     "'role':'assistant','content':[{'type':'output_text','text':'Hi',"
	     "'annotations':[]}]}}")
	  EV("{'type':'response.output_item.added','output_index':1,"
	     "'item':{'type':'function_call','id':'y','call_id':'k',"
	     "'name':'f','arguments':''}}")
	  EV("{'type':'response.function_call_arguments.delta',"
	     "'output_index':1,'delta':'{\\'a\\':1}'}")
	  EV("{'type':'response.function_call_arguments.done',"
	     "'output_index':1,'arguments':'{\\'a\\':1}'}")
	  EV("{'type':'response.output_item.done','output_index':1,"
	     "'item':{'type':'function_call','id':'y','call_id':'k',"
	     "'name':'f','arguments':'{\\'a\\':1}'}}")
	  EV("{'type':'response.completed','response':{'id':'r1',"
	     "'created_at':7,'model':'m','status':'completed',"
	     "'incomplete_details':null,'output':[],"
	     "'usage':{'input_tokens':20,"
	     "'input_tokens_details':{'cached_tokens':8},'output_tokens':9,"
	     "'output_tokens_details':{'reasoning_tokens':2},"
	     "'total_tokens':29}}}"),
	  E("message_start",
	    ",'message':{'id':'r1','type':'message','role':'assistant',"
	    "'model':'m','content':[],'stop_reason':null,'stop_sequence':null,"
	    UNTOLD
	    "}")
	  E("content_block_start",
	    ",'index':0,'content_block':{'type':'text','text':''}")
	  E("content_block_delta",
	    ",'index':0,'delta':{'type':'text_delta','text':'Hi'}")
	  E("content_block_stop", ",'index':0")
	  E("content_block_start",
	    ",'index':1,'content_block':{'type':'tool_use','id':'k',"
	    "'name':'f','input':{}}")
	  E("content_block_delta",
	    ",'index':1,'delta':{'type':'input_json_delta',"
	    "'partial_json':'{\\'a\\':1}'}")
	  E("content_block_stop", ",'index':1")
	  E("message_delta",
	    ",'delta':{'stop_reason':'tool_use','stop_sequence':null},"
	    "'usage':{'input_tokens':12,'cache_creation_input_tokens':null,"
	    "'cache_read_input_tokens':8,'output_tokens':9}")
	  E("message_stop", "") },
};

#endif
