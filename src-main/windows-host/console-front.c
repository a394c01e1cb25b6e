#include "console-front.h"
#include "child.h"
#include "command-line.h"
#include "first-line.h"
#include "host-pipe.h"
#include <stdio.h>

enum { CANNOT_START = 127 };

/** Set by each Ctrl-C; the second one finds it set. */
static HANDLE stopWanted;
static HANDLE secondStopWanted;

typedef struct {
  HANDLE from;
  HANDLE to;
  bool dropsEmptyFirstLine;
} Relay;

static DWORD WINAPI relayOutput(void *parameter) {
  const Relay *relay = parameter;
  char bytes[16384], text[sizeof bytes + 1];
  FirstLine first = {.begun = !relay->dropsEmptyFirstLine};
  DWORD length, written;
  while (ReadFile(relay->from, bytes, sizeof bytes, &length, NULL)) {
    size_t left = dropEmptyFirstLine(&first, bytes, length, text);
    // A reader that has gone away is no reason to stop: the program must not block on a full pipe.
    if (left > 0) WriteFile(relay->to, text, (DWORD)left, &written, NULL);
  }
  return 0;
}

static BOOL WINAPI noteControl(DWORD control) {
  bool again = WaitForSingleObject(stopWanted, 0) == WAIT_OBJECT_0;
  SetEvent(again ? secondStopWanted : stopWanted);
  // The system ends this process when the handler of a closed console returns, or after 5 s.
  if (control == CTRL_CLOSE_EVENT || control == CTRL_SHUTDOWN_EVENT) Sleep(INFINITE);
  return TRUE;
}

static bool isConsole(HANDLE handle) {
  DWORD mode;
  return handle != NULL && GetConsoleMode(handle, &mode);
}

static HANDLE openNothing(void) {
  SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
  return CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                     &inheritable, OPEN_EXISTING, 0, NULL);
}

/** A program for windows is not attached to the console and cannot read from it. */
static HANDLE inputForChild(void) {
  HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
  if (input == NULL || input == INVALID_HANDLE_VALUE || isConsole(input)) return openNothing();
  SetHandleInformation(input, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  return input;
}

/** Only a service has to do with what it says. */
static void ignoreLine(char *line) {
  (void)line;
}

static DWORD waitForChild(Child *child, HostPipe *host) {
  bool noticed = false, asked = false;
  for (;;) {
    HANDLE any[] = {child->process, secondStopWanted, host->happened, stopWanted};
    // It stays set: seen once, it is no news.
    DWORD count = noticed ? 3 : 4;
    switch (WaitForMultipleObjects(count, any, FALSE, INFINITE)) {
      case WAIT_OBJECT_0:
        return exitStatusOf(child);
      case WAIT_OBJECT_0 + 1:
        killChild(child);
        return exitStatusOf(child);
      case WAIT_OBJECT_0 + 2:
        hearHostPipe(host, ignoreLine);
        break;
      default:
        noticed = true;
    }
    // A child that is not connected yet is asked when it is.
    if (noticed && !asked) asked = askToStop(host);
  }
}

static DWORD runWithRelays(CommandLine *line, DWORD *status) {
  HANDLE outputs[2], ends[2];
  HostPipe host;
  if (!makeOutputPipe(&outputs[0], &ends[0]) || !makeOutputPipe(&outputs[1], &ends[1]) ||
      !openHostPipe(&host)) {
    return GetLastError();
  }
  Child child;
  StandardHandles handles = {.input = inputForChild(), .output = ends[0], .error = ends[1]};
  DWORD error = startChild(&child, line->text, handles, 0);
  CloseHandle(ends[0]);
  CloseHandle(ends[1]);
  if (error != 0) return error;
  Relay relays[2] = {
      {.from = outputs[0], .to = GetStdHandle(STD_OUTPUT_HANDLE), .dropsEmptyFirstLine = true},
      {.from = outputs[1], .to = GetStdHandle(STD_ERROR_HANDLE)},
  };
  HANDLE threads[2];
  for (int i = 0; i < 2; i++) threads[i] = CreateThread(NULL, 0, relayOutput, &relays[i], 0, NULL);
  *status = waitForChild(&child, &host);
  WaitForMultipleObjects(2, threads, TRUE, INFINITE);
  closeHostPipe(&host);
  closeChild(&child);
  return 0;
}

int runOnConsole(void) {
  static CommandLine line;
  wchar_t program[MAX_PATH];
  if (!pathOfUnderstudy(program) || !appendArgument(&line, program) ||
      !appendVerbatim(&line, argumentsOf(GetCommandLineW()))) {
    fputs("understudy: The command line is too long for Windows.\n", stderr);
    return CANNOT_START;
  }
  stopWanted = CreateEventW(NULL, TRUE, FALSE, NULL);
  secondStopWanted = CreateEventW(NULL, TRUE, FALSE, NULL);
  SetConsoleCtrlHandler(noteControl, TRUE);
  // The program writes UTF-8, which an older console shows only when it is told.
  UINT formerPage = GetConsoleOutputCP();
  bool changesPage = isConsole(GetStdHandle(STD_OUTPUT_HANDLE)) && SetConsoleOutputCP(CP_UTF8);
  DWORD status = CANNOT_START;
  DWORD error = runWithRelays(&line, &status);
  if (changesPage) SetConsoleOutputCP(formerPage);
  if (error == 0) return (int)status;
  fprintf(stderr,
          "understudy: %ls cannot be started (error %lu of the system). Repair the installation.\n",
          program, error);
  return CANNOT_START;
}
