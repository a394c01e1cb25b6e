#include "restart-policy.h"

/** Exit statuses of `understudy serve` (docs/command-line.md). */
enum { DONE = 0, WRONG_USAGE = 2 };

void resetRestarts(RestartPolicy *policy) {
  policy->nextDelayMs = RESTART_DELAY_MS_MIN;
}

unsigned long nextRestartDelayMs(RestartPolicy *policy, unsigned long long ranMs) {
  if (ranMs >= HEALTHY_AFTER_MS) resetRestarts(policy);
  unsigned long delayMs = policy->nextDelayMs;
  bool atMost = delayMs > RESTART_DELAY_MS_MAX / 2;
  policy->nextDelayMs = atMost ? RESTART_DELAY_MS_MAX : delayMs * 2;
  return delayMs;
}

AfterEnd decideAfterEnd(unsigned long exitStatus, bool everServed) {
  if (exitStatus == WRONG_USAGE) return CALLED_WRONGLY;
  if (exitStatus == DONE) return STOPPED_BY_ADMIN;
  return everServed ? START_AGAIN : START_FAILED;
}
