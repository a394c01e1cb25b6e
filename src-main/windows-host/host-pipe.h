#pragma once
#include <stdbool.h>
#include <windows.h>

/**
 * What this program and the one it has started say to each other (src-main/cli/frame/host-pipe.ts): the
 * child, that it serves; this program, that the child is to stop. The child finds the pipe's name in
 * its environment and takes the end of the pipe for "stop".
 */
typedef struct {
  HANDLE pipe;
  /** Set when something has happened: call `hearHostPipe`. */
  HANDLE happened;
  OVERLAPPED waiting;
  enum { AWAITS_CHILD, AWAITS_READY, HEARD_READY, CHILD_GONE } state;
  char heard[256];
  /** Where the child is administered, once it has said that it serves; else empty. */
  wchar_t adminPipe[256];
} HostPipe;

/** Makes the pipe and names it in the environment of this process, for the child to inherit. */
bool openHostPipe(HostPipe *host);

/** Goes on after `happened` was set. True the one time when the child has said that it serves. */
bool hearHostPipe(HostPipe *host);

/** Asks the child to stop in order. False when it is not connected. */
bool askToStop(HostPipe *host);

void closeHostPipe(HostPipe *host);
