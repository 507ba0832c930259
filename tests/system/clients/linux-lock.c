/* lock FILE COMMAND...: runs COMMAND while a byte-range lock of FILE is held; fails if another holds it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int count, char **words)
{
	struct flock range = {.l_type = F_WRLCK, .l_start = 5, .l_len = 10};
	int file = count > 2 ? open(words[1], O_RDWR) : -1, status = 1;

	if (file < 0 || fcntl(file, F_SETLK, &range) < 0) {
		perror("lock");
		return 1;
	}
	pid_t child = fork();
	if (child == 0) {
		execvp(words[2], words + 2);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 1;
	return status != 0;
}
