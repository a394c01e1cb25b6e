; The wizard around the installer (MSI): it asks, and the MSI installs. Made by scripts/wizard.mjs, which
; defines MSI, OUTPUT, VERSION, ICON and LICENSE. Stock plugins only.
Target amd64-unicode
Unicode true
!include MUI2.nsh
!include nsDialogs.nsh
!include FileFunc.nsh
!include LogicLib.nsh

Name "Understudy"
OutFile "${OUTPUT}"
RequestExecutionLevel admin
; What is in it is packed already.
SetCompress off
BrandingText "Understudy ${VERSION}"
VIProductVersion "${VERSION_NUMBERS}.0"
VIAddVersionKey ProductName "Understudy"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Understudy setup"
VIAddVersionKey LegalCopyright "The Understudy developers"

!define SETTINGS "SYSTEM\CurrentControlSet\Services\Understudy\Parameters"
!define MUI_ICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "Open Understudy"
!define MUI_FINISHPAGE_RUN_FUNCTION openProgram
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENSE}"
Page custom askOptions takeOptions
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_LANGUAGE English

Var ServerName
Var Listen
Var Service
Var Firewall
Var LogFile
Var NameField
Var ListenField
Var ServiceField
Var FirewallField

; What the command line says, else what was chosen before, else the default.
!macro chooseOption VARIABLE OPTION VALUE DEFAULT
  ClearErrors
  ${GetOptions} $R0 "/${OPTION}=" ${VARIABLE}
  ${If} ${Errors}
    ReadRegStr ${VARIABLE} HKLM "${SETTINGS}" "${VALUE}"
  ${EndIf}
  ${If} ${VARIABLE} == ""
    StrCpy ${VARIABLE} "${DEFAULT}"
  ${EndIf}
!macroend

Function .onInit
  SetRegView 64
  SetShellVarContext all
  ${GetParameters} $R0
  !insertmacro chooseOption $ServerName SERVERNAME ServerName ""
  !insertmacro chooseOption $Listen LISTEN Listen "0.0.0.0:7470"
  !insertmacro chooseOption $Service SERVICE SetupService "1"
  !insertmacro chooseOption $Firewall FIREWALL SetupFirewall "1"
FunctionEnd

Function askOptions
  !insertmacro MUI_HEADER_TEXT "The licence server" "Clients and other servers find it by these."
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 10u "&Name that admins and clients see (empty: that of this computer)"
  Pop $0
  ${NSD_CreateText} 0 11u 100% 12u "$ServerName"
  Pop $NameField
  ${NSD_CreateLabel} 0 30u 100% 10u "&Address and port (0.0.0.0: every address of this computer)"
  Pop $0
  ${NSD_CreateText} 0 41u 100% 12u "$Listen"
  Pop $ListenField
  ${NSD_CreateCheckbox} 0 62u 100% 10u "&Serve before anybody logs on (a service)"
  Pop $ServiceField
  ${NSD_CreateCheckbox} 0 76u 100% 10u "&Let the firewall pass it, in private and domain networks"
  Pop $FirewallField
  ${If} $Service != "0"
    ${NSD_Check} $ServiceField
  ${EndIf}
  ${If} $Firewall != "0"
    ${NSD_Check} $FirewallField
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function takeOptions
  ${NSD_GetText} $NameField $ServerName
  ${NSD_GetText} $ListenField $Listen
  ${NSD_GetState} $ServiceField $Service
  ${NSD_GetState} $FirewallField $Firewall
  Push "$ServerName$Listen"
  Call hasQuotes
  Pop $0
  ${If} $0 == 1
    MessageBox MB_ICONEXCLAMATION "Leave out quotation marks, please."
    Abort
  ${EndIf}
FunctionEnd

; Puts 1 on the stack in the place of a text with quotation marks, else 0.
Function hasQuotes
  Exch $R1
  StrCpy $R2 0
  loop:
    StrCpy $R3 $R1 1 $R2
    ${If} $R3 == ""
      StrCpy $R1 0
      Goto done
    ${EndIf}
    ${If} $R3 == '"'
      StrCpy $R1 1
      Goto done
    ${EndIf}
    IntOp $R2 $R2 + 1
    Goto loop
  done:
  Exch $R1
FunctionEnd

Section
  InitPluginsDir
  SetOutPath $PLUGINSDIR
  File "/oname=Understudy.msi" "${MSI}"
  StrCpy $LogFile "$TEMP\Understudy-setup.log"
  DetailPrint "Installing ..."
  StrCpy $1 'LISTEN="$Listen" SERVERNAME="$ServerName" SERVICE=$Service FIREWALL=$Firewall'
  ; Others of the MSI, such as SERVICEACCOUNT=LocalSystem.
  ClearErrors
  ${GetOptions} $R0 "/MSI=" $2
  ${If} ${Errors}
    StrCpy $2 ""
  ${EndIf}
  ExecWait '"$SYSDIR\msiexec.exe" /i "$PLUGINSDIR\Understudy.msi" /qn /l*v "$LogFile" $1 $2' $0
  ${If} $0 == 3010
    SetRebootFlag true
  ${ElseIf} $0 != 0
    DetailPrint "Nothing was installed (status $0). The log: $LogFile"
    MessageBox MB_ICONSTOP "Nothing was installed: the installer ended with status $0.$\r$\n$\r$\nThe log says why: $LogFile" /SD IDOK
    SetErrorLevel $0
    Abort
  ${EndIf}
  SetOutPath $TEMP
SectionEnd

; As the one who is logged on, and not as the administrator that this program runs as.
Function openProgram
  Exec '"$WINDIR\explorer.exe" "$SMPROGRAMS\Understudy.lnk"'
FunctionEnd
