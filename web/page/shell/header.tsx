/**
 * What stands above every page: where one is, where one can go, light or dark.
 * Source: our own. Deviation: none.
 */
import { Link, useRoute } from 'wouter';
import { Icon, type IconName } from '../parts/icon.tsx';
import { SignOut } from '../session/sign-out.tsx';
import { chooseTheme, themes, useTheme, type Theme } from './theme.ts';

const places = [
  { href: '/', name: 'Search', icon: 'search' },
  { href: '/lookup', name: 'Lookup', icon: 'words' },
  { href: '/library', name: 'Library', icon: 'library' },
  { href: '/jobs', name: 'Jobs', icon: 'jobs' },
  { href: '/duplicates', name: 'Duplicates', icon: 'copies' },
] as const satisfies readonly { href: string; name: string; icon: IconName }[];

const themeNames: Readonly<Record<Theme, string>> = {
  system: 'as your system is',
  light: 'light',
  dark: 'dark',
};
const themeIcons: Readonly<Record<Theme, IconName>> = { system: 'system', light: 'sun', dark: 'moon' };

export function Header() {
  return (
    <header className="top">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Link className="brand" href="/" aria-label="Imglish, start page">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <circle cx="22" cy="10.5" r="3.6" className="brand-sun" />
          <path d="M2 27 11.2 13.6a2 2 0 0 1 3.3 0l4.7 6.9 2.7-3.1a2 2 0 0 1 3.2.2L30 25.4V27z" />
        </svg>
        <span>Imglish</span>
      </Link>
      <nav aria-label="Pages">
        <ul>
          {places.map((place) => (
            <Place key={place.href} {...place} />
          ))}
        </ul>
      </nav>
      <SignOut />
      <ThemeSwitch />
    </header>
  );
}

function Place({ href, name, icon }: (typeof places)[number]) {
  const [isHere] = useRoute(href);
  return (
    <li>
      <Link href={href} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        <span>{name}</span>
      </Link>
    </li>
  );
}

function ThemeSwitch() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  const label = `Colours: ${themeNames[theme]}. Change to ${themeNames[next]}`;
  return (
    <button
      type="button"
      className="button quiet round theme-switch"
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(next)}
    >
      <Icon name={themeIcons[theme]} />
    </button>
  );
}
