import { createContext, useContext } from 'react';

export interface ImportActions {
  /** Asks for a licence file (or a vendor key) and shows what it would change. */
  chooseLicense: () => void;
  /** Asks for a vendor key file and shows whose it is. */
  chooseVendor: () => void;
  /** Installs the demo licences, after asking where that is needed. */
  installDemo: () => void;
  /** What is being done, for the buttons that started it. */
  busy: boolean;
}

export const ImportContext = createContext<ImportActions | null>(null);

export function useImport(): ImportActions {
  const actions = useContext(ImportContext);
  if (!actions) throw new Error('No ImportContext above.');
  return actions;
}
