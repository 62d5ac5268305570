/**
 * Buttons, and links that look like them.
 * Source: our own. Deviation: none.
 */
import type { ComponentProps, ReactNode } from 'react';
import { Link } from 'wouter';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.tsx';

type Look = 'plain' | 'main' | 'quiet';

interface Dress {
  /** `main` once a view at most. Default: plain */
  readonly look?: Look;
  readonly icon?: IconName;
  /** With an icon alone this is what is read out. */
  readonly label?: string;
  readonly children?: ReactNode;
}

export function Button({
  look = 'plain',
  icon,
  label,
  children,
  className,
  ...rest
}: Dress & ComponentProps<'button'>) {
  return (
    <button
      type="button"
      className={dress(look, children, className)}
      aria-label={label}
      title={label}
      {...rest}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** Stays where it is pressed. */
export function ToggleButton({ isOn, ...rest }: { readonly isOn: boolean } & Parameters<typeof Button>[0]) {
  return <Button aria-pressed={isOn} {...rest} />;
}

/** @param props.href of this page; with `isFile` of the server, which is loaded instead */
export function ButtonLink({
  look = 'plain',
  icon,
  label,
  children,
  isFile = false,
  href,
  ...rest
}: Dress & { readonly href: string; readonly isFile?: boolean } & Pick<
    ComponentProps<'a'>,
    'download' | 'target' | 'rel' | 'onClick'
  >) {
  const inside = (
    <>
      {icon && <Icon name={icon} />}
      {children}
    </>
  );
  const shared = { className: dress(look, children), 'aria-label': label, title: label };
  if (isFile) {
    return (
      <a href={href} {...shared} {...rest}>
        {inside}
      </a>
    );
  }
  return (
    <Link href={href} {...shared} {...rest}>
      {inside}
    </Link>
  );
}

function dress(look: Look, children: ReactNode, more?: string): string {
  return classNames('button', look !== 'plain' && look, children === undefined && 'round', more);
}
