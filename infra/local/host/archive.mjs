/**
 * Many files in one module: a header of `[path, size]` pairs as JSON, preceded by its length, then their bytes.
 * Unlike a zip it needs no reading by Python: each file becomes a view of the module's own memory.
 */

/** `files`: [path, Uint8Array] pairs. */
export function pack(files) {
  const header = new TextEncoder().encode(JSON.stringify(files.map(([path, bytes]) => [path, bytes.length])));
  const total = files.reduce((sum, [, bytes]) => sum + bytes.length, 4 + header.length);
  const archive = new Uint8Array(total);
  new DataView(archive.buffer).setUint32(0, header.length, true);
  archive.set(header, 4);
  let offset = 4 + header.length;
  for (const [, bytes] of files) {
    archive.set(bytes, offset);
    offset += bytes.length;
  }
  return archive;
}

/** Write an archive below `root` of an Emscripten file system. */
export function unpack(FS, archive, root) {
  const length = new DataView(archive).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(archive, 4, length)));
  const made = new Set();
  let offset = 4 + length;
  for (const [path, size] of header) {
    const target = `${root}/${path}`;
    const folder = target.slice(0, target.lastIndexOf("/"));
    if (!made.has(folder)) FS.mkdirTree(folder);
    made.add(folder);
    FS.writeFile(target, new Uint8Array(archive, offset, size), { canOwn: true });
    offset += size;
  }
}
