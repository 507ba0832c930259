/* seccomp: which system calls there are for the process. */
#ifndef PROCESS_FILTER_H
#define PROCESS_FILTER_H

/* From here on only the calls of needs.def can be made. Returns NULL, or why it is not in force. */
const char *filter_load(void);

#endif
