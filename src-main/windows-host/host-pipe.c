#include "host-pipe.h"
#include <sddl.h>
#include <stdio.h>
#include <string.h>

/** The system, administrators and the account that made it; not, as by default, everybody to read. */
static const wchar_t access[] = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)";

static HANDLE makePipe(const wchar_t *name) {
  SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
          access, SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL)) {
    return INVALID_HANDLE_VALUE;
  }
  // The first of its name or none: nobody else can have made it before.
  DWORD mode = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE;
  HANDLE pipe = CreateNamedPipeW(name, mode, PIPE_REJECT_REMOTE_CLIENTS, 1, 64, 8192, 0, &security);
  LocalFree(security.lpSecurityDescriptor);
  return pipe;
}

static void listenFor(HostPipe *host) {
  ResetEvent(host->happened);
  host->waiting = (OVERLAPPED){.hEvent = host->happened};
  BOOL done = host->state == AWAITS_CHILD
                  ? ConnectNamedPipe(host->pipe, &host->waiting)
                  : ReadFile(host->pipe, host->heard, sizeof host->heard, NULL, &host->waiting);
  DWORD error = done ? 0 : GetLastError();
  if (error == ERROR_PIPE_CONNECTED) SetEvent(host->happened);
  else if (error != 0 && error != ERROR_IO_PENDING) host->state = CHILD_GONE;
}

bool openHostPipe(HostPipe *host) {
  static unsigned made = 0;
  wchar_t name[100];
  swprintf(name, 100, L"\\\\.\\pipe\\understudy-host-%lu-%u", GetCurrentProcessId(), ++made);
  *host = (HostPipe){.pipe = makePipe(name), .state = AWAITS_CHILD};
  if (host->pipe == INVALID_HANDLE_VALUE) return false;
  host->happened = CreateEventW(NULL, TRUE, FALSE, NULL);
  SetEnvironmentVariableW(L"UNDERSTUDY_HOST_PIPE", name);
  listenFor(host);
  return true;
}

static void takeBytes(HostPipe *host, DWORD length, HeardLine *onLine) {
  for (DWORD at = 0; at < length; at++) {
    if (host->heard[at] != '\n') {
      if (host->lineLength < HOST_LINE_MAX - 1) host->line[host->lineLength++] = host->heard[at];
      continue;
    }
    host->line[host->lineLength] = '\0';
    host->lineLength = 0;
    onLine(host->line);
  }
}

void hearHostPipe(HostPipe *host, HeardLine *onLine) {
  DWORD length = 0;
  bool failed = !GetOverlappedResult(host->pipe, &host->waiting, &length, FALSE) &&
                GetLastError() != ERROR_PIPE_CONNECTED;
  ResetEvent(host->happened);
  if (failed) host->state = CHILD_GONE;
  if (host->state == CHILD_GONE) return;
  if (host->state == HAS_CHILD) takeBytes(host, length, onLine);
  host->state = HAS_CHILD;
  listenFor(host);
}

bool askToStop(HostPipe *host) {
  if (host->state != HAS_CHILD) return false;
  OVERLAPPED writing = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
  DWORD written = 0;
  bool sent = WriteFile(host->pipe, "stop\n", 5, NULL, &writing) || GetLastError() == ERROR_IO_PENDING;
  sent = sent && GetOverlappedResult(host->pipe, &writing, &written, TRUE);
  CloseHandle(writing.hEvent);
  return sent;
}

void closeHostPipe(HostPipe *host) {
  DWORD length = 0;
  // What is under way writes into this structure until it is over.
  if (CancelIo(host->pipe)) GetOverlappedResult(host->pipe, &host->waiting, &length, TRUE);
  CloseHandle(host->pipe);
  CloseHandle(host->happened);
}
