/*
 * The floor of a CGI program: reads the body, writes 2 KB, ends. It is linked
 * once without any library to load and once with libc alone.
 */
#include <string.h>
#include <unistd.h>

#define REPLY 2048

int main(void)
{
	static const char head[] = "Status: 200 OK\r\n"
		"Content-Type: application/json\r\nContent-Length: 2048\r\n\r\n";
	char body[16384], reply[sizeof(head) - 1 + REPLY];

	while (read(STDIN_FILENO, body, sizeof(body)) > 0)
		;
	memcpy(reply, head, sizeof(head) - 1);
	memset(reply + sizeof(head) - 1, ' ', REPLY);
	return write(STDOUT_FILENO, reply, sizeof(reply)) !=
	       (ssize_t)sizeof(reply);
}
