import { Button } from '@fluentui/react-components';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { CopyButton } from '../components/buttons/copy-button.tsx';
import { EmptyState } from '../components/layout/empty-state.tsx';
import { ErrorCircleFilled } from '../base/icons.ts';

interface ErrorBoundaryProps {
  /** What is inside, as the beginning of a sentence: “The tab Usage”. */
  what: string;
  children: ReactNode;
}

interface ErrorBoundaryState {
  error: Error | null;
}

/** Keeps a fault in one part of the window from taking the rest with it, and says what happened. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(`${this.props.what} could not be drawn.`, error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <EmptyState
        icon={<ErrorCircleFilled />}
        title={`${this.props.what} could not be shown`}
        text={
          <>{error.message} The licence server is not affected. Try again, or reload the window.</>
        }
      >
        <Button appearance="primary" onClick={() => this.setState({ error: null })}>
          Try again
        </Button>
        <Button onClick={() => window.location.reload()}>Reload the window</Button>
        <CopyButton text={error.stack ?? error.message} what="details" labelled />
      </EmptyState>
    );
  }
}
