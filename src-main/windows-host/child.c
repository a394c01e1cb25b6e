#include "child.h"
#include <wchar.h>

static HANDLE makeJob(void) {
  HANDLE job = CreateJobObjectW(NULL, NULL);
  if (job == NULL) return NULL;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits)) {
    return job;
  }
  CloseHandle(job);
  return NULL;
}

DWORD startChild(Child *child, wchar_t *commandLine, StandardHandles handles, DWORD flags) {
  STARTUPINFOW startup = {
      .cb = sizeof startup,
      .dwFlags = STARTF_USESTDHANDLES,
      .hStdInput = handles.input,
      .hStdOutput = handles.output,
      .hStdError = handles.error,
  };
  PROCESS_INFORMATION made = {0};
  child->job = makeJob();
  if (child->job == NULL) return GetLastError();
  // Suspended, so that it starts nothing before it is in the job.
  BOOL started = CreateProcessW(NULL, commandLine, NULL, NULL, TRUE, flags | CREATE_SUSPENDED,
                                NULL, NULL, &startup, &made);
  if (!started) {
    DWORD error = GetLastError();
    CloseHandle(child->job);
    return error;
  }
  AssignProcessToJobObject(child->job, made.hProcess);
  ResumeThread(made.hThread);
  CloseHandle(made.hThread);
  child->process = made.hProcess;
  return 0;
}

void killChild(Child *child) {
  TerminateJobObject(child->job, 1);
  WaitForSingleObject(child->process, INFINITE);
}

DWORD exitStatusOf(const Child *child) {
  DWORD status = 1;
  WaitForSingleObject(child->process, INFINITE);
  GetExitCodeProcess(child->process, &status);
  return status;
}

void closeChild(Child *child) {
  CloseHandle(child->process);
  CloseHandle(child->job);
}

bool makeOutputPipe(HANDLE *readEnd, HANDLE *writeEnd) {
  SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
  if (!CreatePipe(readEnd, writeEnd, &inheritable, 0)) return false;
  SetHandleInformation(*readEnd, HANDLE_FLAG_INHERIT, 0);
  return true;
}

bool pathOfUnderstudy(wchar_t path[MAX_PATH]) {
  static const wchar_t name[] = L"\\Understudy.exe";
  DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH);
  if (length == 0 || length >= MAX_PATH) return false;
  for (int folders = 0; folders < 2; folders++) {
    wchar_t *end = wcsrchr(path, L'\\');
    if (end == NULL) return false;
    *end = L'\0';
  }
  if (wcslen(path) + wcslen(name) >= MAX_PATH) return false;
  wcscat(path, name);
  return true;
}
