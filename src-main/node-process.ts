// Entry of the embedded node: an Electron utilityProcess that the desktop shell starts. When the shell
// crashes, Electron ends this process with it; the ledger is made for that.
import { runEmbedded } from './process/run-embedded.ts';

await runEmbedded(process.parentPort, process.argv[2] ?? '');
