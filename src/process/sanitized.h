/* Whether this is a build with sanitizers, which need more of the kernel. */
#ifndef PROCESS_SANITIZED_H
#define PROCESS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define PROCESS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PROCESS_SANITIZED
#endif
#endif

#endif
