import type { Command } from 'commander';
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { z } from 'zod';
import {
  addSeatOptions,
  type ClientSession,
  failureOf,
  lossOf,
  openSession,
  seatOptionsSchema,
} from '../client/client-session.ts';
import { takeKeptSeat } from '../client/kept-seat.ts';
import { addCommand, perform } from '../frame/command-frame.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { CliFailure, ExitStatus } from '../frame/failure.ts';
import type { Terminal } from '../frame/terminal.ts';
import { giveBack } from './client-checkout.ts';

/** Time between asking a command to end and ending it, when its seat is lost. */
const killAfterMs = 10_000;

const runOptionsSchema = seatOptionsSchema.extend({ keepRunning: z.boolean().default(false) });

export function addRunCommand(group: Command, terminal: Terminal): void {
  const command = addSeatOptions(
    addCommand(group, 'run <command...>', {
      summary: 'run a command while a seat is held; ends with its exit status',
      example: 'understudy client run --feature drafting --server lic-a:7470 -- drafter plan.dwg',
    }),
  ).option('--keep-running', 'let the command go on when its seat is lost');
  perform(command, terminal, runOptionsSchema, async (context, options, args) => {
    const [program = '', ...programArgs] = args;
    const app = basename(program).slice(0, 128);
    const kept = await takeKeptSeat(context, options);
    const session = kept ?? (await openSession(context, options, { app }));
    const { client } = session;
    let child: ChildProcess | null = null;
    const forgetSignals = terminal.onSignal((signal) => {
      if (client.state.state === 'checkingOut') void client.return();
      // Of a terminal's Ctrl-C the command has heard itself.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child?.kill(signal);
    });
    try {
      // A seat that is held already is answered at once.
      const outcome = await client.checkout({ waitMs: options.wait * 1000 });
      if (!outcome.ok) throw failureOf(outcome.refusal);
      child = start(program, programArgs, terminal);
      const stopGuarding = options.keepRunning ? undefined : endWithSeat(session, child);
      const status = await waitForExit(child, program);
      const lost = client.state.state === 'lost' ? client.state.refusal : null;
      stopGuarding?.();
      if (lost !== null && !options.keepRunning) throw lossOf(lost);
      if (status !== 0) throw new ExitStatus(status);
      return null;
    } finally {
      if (kept === null) await giveBack(session, terminal);
      forgetSignals();
      session.close();
    }
  });
}

function start(program: string, args: string[], { env }: Terminal): ChildProcess {
  const { ELECTRON_RUN_AS_NODE: _, ...childEnv } = env;
  return spawn(program, args, { stdio: 'inherit', env: childEnv });
}

/** Ends the command when the seat is lost: first politely. Returns what undoes that. */
function endWithSeat({ client }: ClientSession, child: ChildProcess): () => void {
  let killTimer: NodeJS.Timeout | undefined;
  const forget = client.onState((state) => {
    if (state.state !== 'lost') return;
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  return () => {
    forget();
    clearTimeout(killTimer);
  };
}

/** The exit status as a shell gives it: 128 and the number of the signal that ended it. */
function waitForExit(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      const reason = describeSystemError(error);
      reject(new CliFailure('COMMAND_NOT_RUN', `${program} could not be run: ${reason}.`));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
