/**
 * Text to the clipboard, also where the page was not loaded securely, as over a home network.
 * Source: the Clipboard API; document.execCommand, which browsers keep for this. Deviation: none.
 */

/** @returns whether it is there now */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Undefined where the page is not secure, whatever the types say.
    await (navigator.clipboard as Clipboard | undefined)?.writeText(text);
    if (globalThis.isSecureContext) return true;
  } catch {
    // Refused: the old way may still be allowed.
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else works over plain HTTP
  const isDone = document.execCommand('copy');
  area.remove();
  return isDone;
}
