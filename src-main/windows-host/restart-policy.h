#pragma once
#include <stdbool.h>

/** What the host does after the server has ended by itself. */
typedef enum {
  /** Start it again after a delay. */
  START_AGAIN,
  /** An admin has stopped it: the service is stopped. */
  STOPPED_BY_ADMIN,
  /** It was called wrongly, which another start does not change. */
  CALLED_WRONGLY,
  /** It has never served since the service was started: that start has failed. */
  START_FAILED,
} AfterEnd;

typedef struct {
  unsigned long nextDelayMs;
} RestartPolicy;

#define RESTART_DELAY_MS_MIN 1000ul
#define RESTART_DELAY_MS_MAX 60000ul
/** A server that ran for so long was well: the next delay is the shortest again. */
#define HEALTHY_AFTER_MS 60000ull

void resetRestarts(RestartPolicy *policy);

/** How long to wait before the next start: 1 s, doubled each time up to 60 s. */
unsigned long nextRestartDelayMs(RestartPolicy *policy, unsigned long long ranMs);

/** `everServed`: since the service was started, in this process of the server or an earlier one. */
AfterEnd decideAfterEnd(unsigned long exitStatus, bool everServed);
