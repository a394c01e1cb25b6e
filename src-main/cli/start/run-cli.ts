import type { Command } from 'commander';
import { addBackupCommands, addRestoreCommand } from '../commands/backup.ts';
import { addClientCommands } from '../commands/client.ts';
import { addClockCommands } from '../commands/clock.ts';
import { addConfigCommands } from '../commands/config.ts';
import { addDoctorCommand } from '../commands/doctor.ts';
import { addEventsCommand } from '../commands/events.ts';
import { addFailoverCommands } from '../commands/failover.ts';
import { addIssueCommands } from '../commands/issue.ts';
import { addLedgerCommands } from '../commands/ledger.ts';
import { addLeaseCommands } from '../commands/lease.ts';
import { addLicenseCommands } from '../commands/license.ts';
import { addNotifyCommands } from '../commands/notify.ts';
import { addRelationshipCommands } from '../commands/relationship.ts';
import { addServeCommand } from '../commands/serve.ts';
import { addIdentityCommands } from '../commands/identity.ts';
import { addServersCommands } from '../commands/servers.ts';
import { addStatusCommand } from '../commands/status.ts';
import { addStopCommand } from '../commands/stop.ts';
import { addUsageCommand } from '../commands/usage.ts';
import { addVendorCommands } from '../commands/vendor.ts';
import { assembleProgram, runProgram, type AddCommands } from '../frame/program.ts';
import type { Terminal } from '../frame/terminal.ts';

const everyCommand: readonly AddCommands[] = [
  addServeCommand,
  addStatusCommand,
  addStopCommand,
  addConfigCommands,
  addNotifyCommands,
  addServersCommands,
  addIdentityCommands,
  addRelationshipCommands,
  addFailoverCommands,
  addLicenseCommands,
  addVendorCommands,
  addLeaseCommands,
  addClockCommands,
  addLedgerCommands,
  addBackupCommands,
  addRestoreCommand,
  addUsageCommand,
  addEventsCommand,
  addClientCommands,
  addDoctorCommand,
  addIssueCommands,
];

/** Everything that `understudy` understands. */
export function createProgram(terminal: Terminal, version: string): Command {
  return assembleProgram(terminal, version, everyCommand);
}

/** Runs one command line of `understudy`, as `runProgram` does. */
export function runCli(terminal: Terminal, version: string, args: string[]): Promise<number> {
  return runProgram(terminal, createProgram(terminal, version), args);
}
