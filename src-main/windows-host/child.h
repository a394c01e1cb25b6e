#pragma once
#include <stdbool.h>
#include <windows.h>

/** A program that was started in a job, which ends it when this process ends in whatever way. */
typedef struct {
  HANDLE process;
  HANDLE job;
} Child;

/** What the program gets as its standard handles; each must be inheritable. */
typedef struct {
  HANDLE input;
  HANDLE output;
  HANDLE error;
} StandardHandles;

/** Returns 0, or the code of the system's error. `commandLine` is changed by the system. */
DWORD startChild(Child *child, wchar_t *commandLine, StandardHandles handles, DWORD flags);

/** Ends it and all that it has started, at once. */
void killChild(Child *child);

/** Waits for its end and resolves to its exit status. */
DWORD exitStatusOf(const Child *child);

void closeChild(Child *child);

/** Makes a pipe whose write end a child can inherit. Returns whether it could. */
bool makeOutputPipe(HANDLE *readEnd, HANDLE *writeEnd);

/**
 * The path of Understudy.exe. It is in the folder above this program's: the two names are one to
 * Windows. False when it is too long.
 */
bool pathOfUnderstudy(wchar_t path[MAX_PATH]);
