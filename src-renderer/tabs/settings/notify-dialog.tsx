import { Checkbox, Field, Input, Select, Text, Textarea } from '@fluentui/react-components';
import { useId, useState } from 'react';
import {
  type NotifyChannel,
  type NotifyStatus,
  type NotifyTopic,
  notifyTopicSchema,
} from '../../../src-shared/model/notify.ts';
import { useAction } from '../../base/hooks.ts';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import {
  draftOf,
  isKept,
  type NotifyDraft,
  type NotifyField,
  notifyFields,
  parseDraft,
  topicLabels,
} from './notify-drafts.ts';

interface NotifyDialogProps {
  title: string;
  channel: NotifyChannel;
  status: NotifyStatus;
  onClose: () => void;
}

/** Sets one way up in which the server tells of events, or changes it. */
export function NotifyDialog({ title, channel, status, onClose }: NotifyDialogProps) {
  const action = useAction('notify.set');
  const [draft, setDraft] = useState<NotifyDraft>(() => draftOf(channel, status));
  const [tried, setTried] = useState(false);
  const { change, problems } = parseDraft(channel, draft, status);
  const save = async () => {
    setTried(true);
    if (change && (await action.run(change))) onClose();
  };
  const setText = (name: string, text: string) =>
    setDraft((before) => ({ ...before, texts: { ...before.texts, [name]: text } }));
  return (
    <ConfirmDialog
      open
      fields
      title={title}
      confirm="Save"
      busy={action.busy}
      refusal={{ title: 'Not changed.', refusal: action.refusal }}
      onConfirm={() => void save()}
      onClose={onClose}
    >
      {notifyFields[channel].map((field) => (
        <NotifyInput
          key={field.name}
          field={field}
          text={draft.texts[field.name] ?? ''}
          kept={isKept(field.name, channel, status)}
          problem={tried ? (problems[field.name] ?? null) : null}
          onText={(text) => setText(field.name, text)}
        />
      ))}
      <TopicChoice
        topics={draft.topics}
        onChoice={(topic, chosen) =>
          setDraft((before) => ({ ...before, topics: withTopic(before.topics, topic, chosen) }))
        }
      />
    </ConfirmDialog>
  );
}

interface NotifyInputProps {
  field: NotifyField;
  text: string;
  kept: boolean;
  problem: string | null;
  onText: (text: string) => void;
}

function NotifyInput({ field, text, kept, problem, onText }: NotifyInputProps) {
  const { label, hint, kind, choices = [] } = field;
  const shared = { value: text, spellCheck: false };
  return (
    <Field
      label={label}
      hint={kept ? `${hint} What is kept is not shown, and stays when this is empty.` : hint}
      validationMessage={problem}
      validationState={problem === null ? 'none' : 'error'}
    >
      {kind === 'choice' ? (
        <Select value={text} onChange={(_event, { value }) => onText(value)}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </Select>
      ) : kind === 'lines' ? (
        <Textarea {...shared} resize="vertical" onChange={(_event, { value }) => onText(value)} />
      ) : (
        <Input
          {...shared}
          type={kind === 'secret' ? 'password' : 'text'}
          autoComplete="off"
          onChange={(_event, { value }) => onText(value)}
        />
      )}
    </Field>
  );
}

interface TopicChoiceProps {
  topics: readonly NotifyTopic[];
  onChoice: (topic: NotifyTopic, chosen: boolean) => void;
}

// No `Field`: each control in one gets its id, and there are several here.
function TopicChoice({ topics, onChoice }: TopicChoiceProps) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id}>
      <Text block id={id}>
        Told of
      </Text>
      {notifyTopicSchema.options.map((topic) => (
        <div key={topic}>
          <Checkbox
            label={topicLabels[topic]}
            checked={topics.includes(topic)}
            onChange={(_event, { checked }) => onChoice(topic, checked === true)}
          />
        </div>
      ))}
    </div>
  );
}

/** In the order in which topics are listed. */
function withTopic(
  topics: readonly NotifyTopic[],
  topic: NotifyTopic,
  chosen: boolean,
): NotifyTopic[] {
  return notifyTopicSchema.options.filter((one) => (one === topic ? chosen : topics.includes(one)));
}
