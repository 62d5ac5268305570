/**
 * A photo that lies in this browser only, shown without an address: the page's policy lets pictures come from the server alone.
 * Source: createImageBitmap. Deviation: none.
 */
import { useEffect, useRef, useState } from 'react';

/** Sharp on the screens there are, and far less memory than a camera's pixels. */
const SIDE_MAX = 1400;

export function PictureCanvas({ file }: { readonly file: File }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    let isGone = false;
    const draw = async (): Promise<void> => {
      const bitmap = await createImageBitmap(file);
      const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
      const target = canvas.current;
      if (target !== null && !isGone) {
        target.width = Math.max(1, Math.round(bitmap.width * scale));
        target.height = Math.max(1, Math.round(bitmap.height * scale));
        target.getContext('2d')?.drawImage(bitmap, 0, 0, target.width, target.height);
      }
      bitmap.close();
    };
    setLost(false);
    draw().catch(() => {
      if (!isGone) setLost(true);
    });
    return () => {
      isGone = true;
    };
  }, [file]);
  return (
    <>
      <canvas ref={canvas} role="img" aria-label={file.name} hidden={isLost} />
      {isLost && (
        <p className="hint">
          This browser cannot show {file.name}; Imglish may be able to read it all the same.
        </p>
      )}
    </>
  );
}
