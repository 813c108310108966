/**
 * What signatures name that page and workers share, and no worker ever has: `painter-surface.js` paints on either kind
 * of canvas. Part of tsconfig.worker.json alone.
 */
interface HTMLCanvasElement extends OffscreenCanvas {}
