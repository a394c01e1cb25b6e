#include "service-stop.h"
#include <stdio.h>
#include <windows.h>

#define STOPPED_WITHIN_MS 30000

static DWORD processOf(SC_HANDLE service) {
  SERVICE_STATUS_PROCESS status = {0};
  DWORD needed;
  QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status, &needed);
  return status.dwProcessId;
}

int stopService(void) {
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
  SC_HANDLE service = manager == NULL ? NULL
                                      : OpenServiceW(manager, L"Understudy",
                                                     SERVICE_STOP | SERVICE_QUERY_STATUS);
  if (manager != NULL) CloseServiceHandle(manager);
  if (service == NULL) return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? 0 : 1;
  // Before it is asked: afterwards its number may be that of another process.
  DWORD id = processOf(service);
  HANDLE process = id == 0 ? NULL : OpenProcess(SYNCHRONIZE, FALSE, id);
  SERVICE_STATUS status;
  ControlService(service, SERVICE_CONTROL_STOP, &status);
  CloseServiceHandle(service);
  if (process == NULL) return 0;
  DWORD waited = WaitForSingleObject(process, STOPPED_WITHIN_MS);
  CloseHandle(process);
  if (waited == WAIT_OBJECT_0) return 0;
  fputs("understudy: The service did not stop within 30 s.\n", stderr);
  return 1;
}
