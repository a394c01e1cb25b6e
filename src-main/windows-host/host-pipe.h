#pragma once
#include <stdbool.h>
#include <windows.h>

/** Longest line of the child in bytes; of a longer one the rest is dropped. */
#define HOST_LINE_MAX 4200

/**
 * What this program and the one it has started say to each other (src-main/cli/frame/host-pipe.ts): the
 * child, that it serves, and what happens to it; this program, that the child is to stop. The child finds the
 * pipe's name in its environment and takes the end of the pipe for "stop".
 */
typedef struct {
  HANDLE pipe;
  /** Set when something has happened: call `hearHostPipe`. */
  HANDLE happened;
  OVERLAPPED waiting;
  enum { AWAITS_CHILD, HAS_CHILD, CHILD_GONE } state;
  char heard[512];
  /** The beginning of a line whose end has not come yet. */
  char line[HOST_LINE_MAX];
  size_t lineLength;
} HostPipe;

/**
 * A line of the child in UTF-8, without its end: `ready NAME`, with the pipe at which it is administered, or
 * `event ID info|warning|error TEXT`.
 */
typedef void HeardLine(char *line);

/** Makes the pipe and names it in the environment of this process, for the child to inherit. */
bool openHostPipe(HostPipe *host);

/** Goes on after `happened` was set, and calls back with what the child has said. */
void hearHostPipe(HostPipe *host, HeardLine *onLine);

/** Asks the child to stop in order. False when it is not connected. */
bool askToStop(HostPipe *host);

void closeHostPipe(HostPipe *host);
