/* Pasting from a spreadsheet into the table of the fill-in page ([data-sheet]); without this script the box below the table takes it.

   A block that fits is written into the cells; one with more rows than are shown goes into the box and is sent with it. */

const form = document.querySelector("[data-sheet]");
const controls = () => [...form.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll(".control")]);

/* rows of cells: tabs between them, quotes around those that hold line breaks */
function cells(text) {
  const rows = [[""]];
  let quoted = false;
  const last = () => rows[rows.length - 1];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const row = last();
    const cell = row[row.length - 1];
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
      else if (sign === '"') quoted = false;
      else row[row.length - 1] += sign;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === "\t") row.push("");
    else if (sign === "\n") rows.push([""]);
    else if (sign !== "\r") row[row.length - 1] += sign;
  }
  if (last().length === 1 && last()[0] === "") rows.pop();
  return rows;
}

/* a text that no date control would show is kept in a text control, so that the check can speak of it */
function write(control, value) {
  const text = value.trim();
  if (control.tagName === "SELECT") {
    const known = [...control.options].find((one) => one.value === text || one.text === text || one.text.endsWith(` ${text}`));
    if (!known && text) control.add(new Option(text, text));
    control.value = known ? known.value : text;
  } else {
    control.value = text;
    if (control.value !== text) { control.type = "text"; control.value = text; }
  }
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

function paste(event) {
  const start = event.target.closest("td .control");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!start || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
  event.preventDefault();
  const table = controls();
  const top = table.findIndex((row) => row.includes(start));
  const left = table[top].indexOf(start);
  const block = cells(text);
  const heads = [...form.querySelectorAll("thead th > span")].map((one) => one.textContent.trim());
  if (block[0].every((cell, right) => cell.trim() === heads[left + right])) block.shift();
  if (top + block.length > table.length) {
    const gap = "\t".repeat(left);
    form.elements.pasted.value = block.map((row) => gap + row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join("\t")).join("\n");
    form.querySelector('[name="_do"][value="paste"]').click();
    return;
  }
  block.forEach((row, down) => row.forEach((cell, right) => {
    const control = table[top + down][left + right];
    if (control) write(control, cell);
  }));
}

form?.addEventListener("paste", paste);
