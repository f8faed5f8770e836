/** Goes anywhere, and finds calls, by the keyboard alone. */
import '../i18n/palette.ts';
import { type ReactNode, useDeferredValue, useState } from 'react';
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Keyboard,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
  Text,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useSections } from './commands.ts';

export function CommandPalette({
  onClose,
  onShortcuts,
}: {
  onClose: () => void;
  onShortcuts: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  // What is typed is painted first, and what it finds after that.
  const sought = useDeferredValue(typed);
  const isReady = useDeferredValue(true, false);
  const all = useSections(sought, onShortcuts).filter(({ commands }) => commands.length > 0);
  const sections = isReady ? all : [];
  const run = (key: string | number): void => {
    const command = sections.flatMap(({ commands }) => commands).find(({ id }) => id === key);
    onClose();
    command?.run();
  };
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      className="fixed inset-0 z-10 flex items-start justify-center bg-black/50 p-4 sm:py-24"
    >
      <Modal className="w-full max-w-xl rounded-xl border border-line bg-surface text-text shadow-xl">
        <Dialog aria-label={t('palette.title')} className="flex max-h-[70dvh] flex-col outline-none">
          <Autocomplete inputValue={typed} onInputChange={setTyped}>
            <SearchField
              aria-label={t('palette.title')}
              autoFocus
              className="border-b border-line p-3"
              onKeyDown={(event) => {
                // The field would only be emptied.
                if (event.key === 'Escape') onClose();
              }}
            >
              <Input
                placeholder={t('palette.hint')}
                className="min-h-10 w-full rounded-lg bg-surface px-2 outline-none placeholder:text-muted"
              />
            </SearchField>
            <div role="group" aria-label={t('palette.title')} tabIndex={0} className="overflow-y-auto">
              <Menu
                aria-label={t('palette.title')}
                onAction={run}
                renderEmptyState={() => isReady && <p className="p-3 text-muted">{t('palette.nothing')}</p>}
                className="p-2 outline-none"
              >
                {sections.map(({ id, commands }) => (
                  <MenuSection key={id} id={`section-${id}`}>
                    <Header className="px-3 pt-2 text-sm text-muted">{t(`palette.sections.${id}`)}</Header>
                    {commands.map(({ id: key, text, more }) => (
                      <MenuItem
                        key={key}
                        id={key}
                        textValue={text}
                        className="flex cursor-default items-baseline gap-3 rounded-lg px-3 py-2 outline-none data-focused:bg-raised data-focused:outline-2 data-focused:outline-offset-[-2px]"
                      >
                        <Text slot="label" className="min-w-0 flex-1 truncate">
                          {text}
                        </Text>
                        {more !== undefined && (
                          <Keyboard className="shrink-0 font-sans text-sm text-muted">{more}</Keyboard>
                        )}
                      </MenuItem>
                    ))}
                  </MenuSection>
                ))}
              </Menu>
            </div>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
