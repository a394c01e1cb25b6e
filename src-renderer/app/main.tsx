import './strict-csp.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startSnapshots } from '../base/snapshot-store.ts';
import { startTabNavigation } from '../base/tab-navigation.ts';

startTabNavigation();
startSnapshots();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id “root”.');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
