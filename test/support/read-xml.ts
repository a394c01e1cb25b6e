export interface XmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
}

const token =
  /<\?xml [^?]*\?>|<\/([\w:]+)>|<([\w:]+)((?:\s+[\w:]+="[^"<&]*")*)\s*(\/?)>|((?:[^<&]|&(?:amp|lt|gt|quot|apos);)+)/gy;

/**
 * The one element of a document that has all the others in it. Throws where it is not well-formed, or has
 * what a document of this project has no use for, such as comments and numbers of characters.
 */
export function readXml(text: string): XmlElement {
  const document: XmlElement = { name: '', attributes: new Map(), children: [] };
  const open = [document];
  let at = 0;
  for (const match of text.matchAll(token)) {
    const [whole, closed, opened, given = '', isEmpty] = match;
    at = match.index + whole.length;
    const inner = open.at(-1) ?? document;
    if (closed !== undefined && closed !== inner.name) throw new Error(`</${closed}> at ${at}`);
    if (closed !== undefined) open.pop();
    if (opened === undefined) continue;
    const pairs = [...given.matchAll(/([\w:]+)="([^"]*)"/g)];
    const attributes = new Map(pairs.map(([, name = '', value = '']) => [name, value]));
    if (attributes.size < pairs.length) throw new Error(`an attribute twice at ${at}`);
    const element: XmlElement = { name: opened, attributes, children: [] };
    inner.children.push(element);
    if (isEmpty === '') open.push(element);
  }
  const [root, ...others] = document.children;
  if (at < text.length || open.length > 1) throw new Error(`not XML from ${at} on`);
  if (!root || others.length > 0) throw new Error('not one element');
  return root;
}

/** An element and all that are in it. */
export function withDescendants(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(withDescendants)];
}
