/** An element of AWS's regular XML: attributes, namespaces, comments and mixed content carry nothing there. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

const TOKEN = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)/g
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

interface Open {
  readonly name: string
  text: string
  readonly children: XmlElement[]
}

/** Parses one document and returns its root element. Throws where elements do not close in order. */
export function parseXml(source: string): XmlElement {
  const stack: Open[] = [{ name: '', text: '', children: [] }]
  for (const [, closing, name, , selfClosing, text] of source.matchAll(TOKEN)) {
    const top = stack.at(-1)!
    if (text !== undefined) top.text += unescapeXml(text)
    else if (!name) continue
    else if (closing) {
      if (top.name !== name) throw new Error(`Expected </${top.name}> in the XML, found </${name}>.`)
      stack.pop()
      stack.at(-1)!.children.push(closed(top))
    } else if (selfClosing) top.children.push({ name, text: '', children: [] })
    else stack.push({ name, text: '', children: [] })
  }
  const [root] = stack[0]!.children
  if (stack.length > 1 || !root) throw new Error(`Expected one complete XML document, found: ${source.slice(0, 80)}`)
  return root
}

/** The first descendant of that name, in document order. */
export function findXml(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element
  for (const child of element.children) {
    const found = findXml(child, name)
    if (found) return found
  }
  return undefined
}

/** Text as it may stand inside an element. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => (sign === '<' ? '&lt;' : sign === '>' ? '&gt;' : '&amp;'))
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x?)?(\w+);/g, (whole, number: string | undefined, name: string) => {
    if (number) return String.fromCodePoint(Number.parseInt(name, number === '#x' ? 16 : 10))
    return ENTITIES[name] ?? whole
  })
}

/** Where an element has children, the text between them is only indentation. */
function closed(element: Open): XmlElement {
  return element.children.length > 0 ? { ...element, text: '' } : element
}
