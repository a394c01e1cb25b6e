#include "service-host.h"
#include "admin-pipe.h"
#include "child.h"
#include "events.h"
#include "host-pipe.h"
#include "restart-policy.h"
#include "rotating-log.h"
#include "service-settings.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A server that does not serve by then has not started. */
#define START_WITHIN_MS 90000ull
/** One that has not stopped by then is ended; an installation waits for 30 s. */
#define STOP_WITHIN_MS 25000ull
/** How often the service manager hears that it goes on. */
#define REPORT_EVERY_MS 2000
#define WAIT_HINT_MS 15000
#define LOG_BYTES_MAX (5ull << 20)

static struct {
  wchar_t name[256];
  SERVICE_STATUS_HANDLE status;
  HANDLE events;
  /** Set when the service manager wants the end. */
  HANDLE stopWanted;
  ServiceSettings settings;
  RotatingLog log;
  RestartPolicy restarts;
  bool everServed;
} service;

static void report(DWORD state, DWORD failure) {
  static DWORD checkPoint;
  bool settled = state == SERVICE_RUNNING || state == SERVICE_STOPPED;
  checkPoint = settled ? 0 : checkPoint + 1;
  bool canStop = state == SERVICE_START_PENDING || state == SERVICE_RUNNING;
  SERVICE_STATUS status = {
      .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
      .dwCurrentState = state,
      .dwControlsAccepted = canStop ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN : 0,
      .dwWin32ExitCode = failure == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR,
      .dwServiceSpecificExitCode = failure,
      .dwCheckPoint = checkPoint,
      .dwWaitHint = settled ? 0 : WAIT_HINT_MS,
  };
  SetServiceStatus(service.status, &status);
}

static void noteEvent(DWORD id, WORD type, WORD count, const wchar_t **texts) {
  if (service.events != NULL) ReportEventW(service.events, type, 0, id, NULL, count, 0, texts, NULL);
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context) {
  (void)type, (void)data, (void)context;
  switch (code) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
      SetEvent(service.stopWanted);
      return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
      return NO_ERROR;
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

static bool isStopWanted(void) {
  return WaitForSingleObject(service.stopWanted, 0) == WAIT_OBJECT_0;
}

static DWORD WINAPI keepOutput(void *readEnd) {
  char bytes[4096];
  DWORD length;
  while (ReadFile(readEnd, bytes, sizeof bytes, &length, NULL)) {
    writeToLog(&service.log, bytes, length);
  }
  return 0;
}

typedef struct {
  Child child;
  HostPipe pipe;
  HANDLE output;
  HANDLE outputThread;
  ULONGLONG startedMs;
} Server;

/** Returns 0, or the code of the system's error. */
static DWORD startServer(Server *server) {
  static CommandLine line;
  HANDLE writeEnd;
  line = service.settings.commandLine;
  if (!makeOutputPipe(&server->output, &writeEnd) || !openHostPipe(&server->pipe)) {
    return GetLastError();
  }
  SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
  HANDLE nothing =
      CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable,
                  OPEN_EXISTING, 0, NULL);
  StandardHandles handles = {.input = nothing, .output = writeEnd, .error = writeEnd};
  DWORD error = startChild(&server->child, line.text, handles, CREATE_NO_WINDOW);
  CloseHandle(nothing);
  CloseHandle(writeEnd);
  server->startedMs = GetTickCount64();
  if (error != 0) {
    closeHostPipe(&server->pipe);
    CloseHandle(server->output);
    return error;
  }
  server->outputThread = CreateThread(NULL, 0, keepOutput, server->output, 0, NULL);
  return 0;
}

static void closeServer(Server *server) {
  // What it has started and left behind would hold the pipe of its output open.
  killChild(&server->child);
  WaitForSingleObject(server->outputThread, INFINITE);
  CloseHandle(server->outputThread);
  CloseHandle(server->output);
  closeHostPipe(&server->pipe);
  closeChild(&server->child);
}

static void noteServing(const wchar_t *adminPipe) {
  service.everServed = true;
  if (adminPipe[0] != L'\0' && !admitAdmins(adminPipe)) {
    noteInLog(&service.log, "Who may administer the server could not be changed (error %lu): "
                            "administrators that are elevated may.", GetLastError());
  }
  report(SERVICE_RUNNING, 0);
  noteEvent(EVENT_SERVES, EVENTLOG_INFORMATION_TYPE, 0, NULL);
}

static WORD typeOf(const char *severity) {
  if (strcmp(severity, "error") == 0) return EVENTLOG_ERROR_TYPE;
  if (strcmp(severity, "warning") == 0) return EVENTLOG_WARNING_TYPE;
  return EVENTLOG_INFORMATION_TYPE;
}

/** An entry of the timeline of the server: `ID SEVERITY TEXT`. */
static void noteEntry(char *entry) {
  char *end, *severity, *text;
  unsigned long id = strtoul(entry, &end, 10);
  if (id < 100 || id > 0xffff || *end != ' ') return;
  severity = end + 1;
  text = strchr(severity, ' ');
  if (text == NULL) return;
  *text++ = '\0';
  wchar_t wide[HOST_LINE_MAX];
  if (MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, HOST_LINE_MAX) == 0) return;
  // The messages of all of them are in one part of the table, whatever the level of the entry.
  DWORD message = (EVENT_SERVES & ~0xfffful) | id;
  noteEvent(message, typeOf(severity), 1, (const wchar_t *[]){wide});
}

static void noteLine(char *line) {
  wchar_t adminPipe[256] = {0};
  if (strcmp(line, "ready") == 0) noteServing(adminPipe);
  else if (strncmp(line, "ready ", 6) == 0) {
    MultiByteToWideChar(CP_UTF8, 0, line + 6, -1, adminPipe, 255);
    noteServing(adminPipe);
  } else if (strncmp(line, "event ", 6) == 0) noteEntry(line + 6);
}

/** Waits until the server has ended by itself; false when it is to be stopped instead. */
static bool followServer(Server *server) {
  for (;;) {
    HANDLE any[] = {server->child.process, service.stopWanted, server->pipe.happened};
    DWORD waitMs = service.everServed ? INFINITE : REPORT_EVERY_MS;
    switch (WaitForMultipleObjects(3, any, FALSE, waitMs)) {
      case WAIT_OBJECT_0:
        return true;
      case WAIT_OBJECT_0 + 1:
        return false;
      case WAIT_OBJECT_0 + 2:
        hearHostPipe(&server->pipe, noteLine);
        break;
      default:
        if (GetTickCount64() - server->startedMs > START_WITHIN_MS) return false;
        report(SERVICE_START_PENDING, 0);
    }
  }
}

/** Asks the server to stop and waits; ends it when that takes too long. */
static void stopServer(Server *server) {
  ULONGLONG begunMs = GetTickCount64();
  bool asked = false;
  report(SERVICE_STOP_PENDING, 0);
  while (GetTickCount64() - begunMs < STOP_WITHIN_MS) {
    HANDLE any[] = {server->child.process, server->pipe.happened};
    // One that has only just been started connects first.
    if (!asked) asked = askToStop(&server->pipe);
    DWORD waited = WaitForMultipleObjects(2, any, FALSE, REPORT_EVERY_MS);
    if (waited == WAIT_OBJECT_0) return;
    if (waited == WAIT_OBJECT_0 + 1) hearHostPipe(&server->pipe, noteLine);
    else report(SERVICE_STOP_PENDING, 0);
  }
  wchar_t seconds[20];
  swprintf(seconds, 20, L"%llu", STOP_WITHIN_MS / 1000);
  noteInLog(&service.log, "The server did not stop within %ls s and was ended.", seconds);
  noteEvent(EVENT_KILLED, EVENTLOG_WARNING_TYPE, 1, (const wchar_t *[]){seconds});
}

static DWORD failStart(const wchar_t *why, DWORD failure) {
  noteInLog(&service.log, "The server could not start (%ls).", why);
  noteEvent(EVENT_START_FAILED, EVENTLOG_ERROR_TYPE, 2,
            (const wchar_t *[]){why, service.settings.logFile});
  return failure;
}

static DWORD failSettings(const wchar_t *why) {
  noteInLog(&service.log, "The settings of the service are wrong: %ls.", why);
  noteEvent(EVENT_CALLED_WRONGLY, EVENTLOG_ERROR_TYPE, 1, &why);
  return 2;
}

/** Waits before the next start; false when the service is to be stopped. */
static bool pauseBeforeRestart(DWORD exitStatus, ULONGLONG ranMs) {
  DWORD delayMs = nextRestartDelayMs(&service.restarts, ranMs);
  wchar_t status[20], seconds[20];
  swprintf(status, 20, L"%lu", exitStatus);
  swprintf(seconds, 20, L"%lu", delayMs / 1000);
  noteInLog(&service.log, "The server ended with status %ls; next start in %ls s.", status, seconds);
  noteEvent(EVENT_ENDED, EVENTLOG_WARNING_TYPE, 3,
            (const wchar_t *[]){status, seconds, service.settings.logFile});
  return WaitForSingleObject(service.stopWanted, delayMs) == WAIT_TIMEOUT;
}

/** Returns 0, or why the service could not go on. */
static DWORD superviseServer(void) {
  for (;;) {
    Server server;
    wchar_t why[100];
    DWORD error = startServer(&server);
    if (error != 0) {
      swprintf(why, 100, L"error %lu of the system", error);
      return failStart(why, error);
    }
    bool ended = followServer(&server);
    if (!ended) stopServer(&server);
    DWORD status = ended ? exitStatusOf(&server.child) : 0;
    closeServer(&server);
    if (isStopWanted()) return 0;
    if (!ended) return failStart(L"it did not serve in time", WAIT_TIMEOUT);
    ULONGLONG ranMs = GetTickCount64() - server.startedMs;
    switch (decideAfterEnd(status, service.everServed)) {
      case STOPPED_BY_ADMIN:
        return 0;
      case CALLED_WRONGLY:
        return failSettings(L"the server does not understand how it is called");
      case START_FAILED:
        swprintf(why, 100, L"it ended with status %lu", status);
        return failStart(why, status);
      case START_AGAIN:
        if (!pauseBeforeRestart(status, ranMs)) return 0;
    }
  }
}

static void WINAPI serviceMain(DWORD count, wchar_t **arguments) {
  bool named = count > 0 && wcslen(arguments[0]) < 256;
  wcscpy(service.name, named ? arguments[0] : L"Understudy");
  service.status = RegisterServiceCtrlHandlerExW(service.name, control, NULL);
  service.events = RegisterEventSourceW(NULL, service.name);
  resetRestarts(&service.restarts);
  report(SERVICE_START_PENDING, 0);
  const wchar_t *wrong = readServiceSettings(service.name, &service.settings);
  openLog(&service.log, service.settings.logFile, LOG_BYTES_MAX);
  DWORD failure = wrong == NULL ? superviseServer() : failSettings(wrong);
  if (failure == 0) noteEvent(EVENT_STOPPED, EVENTLOG_INFORMATION_TYPE, 0, NULL);
  closeLog(&service.log);
  report(SERVICE_STOPPED, failure);
}

int runAsService(void) {
  service.stopWanted = CreateEventW(NULL, TRUE, FALSE, NULL);
  SERVICE_TABLE_ENTRYW table[] = {{(wchar_t[]){L""}, serviceMain}, {NULL, NULL}};
  if (StartServiceCtrlDispatcherW(table)) return 0;
  fputs("understudy: 'understudy service' is for the service manager of Windows alone. "
        "Start the service with: net start Understudy\n",
        stderr);
  return 2;
}
