/** Autocomplete in the middle: the model sees what stands before the cursor and what stands behind it. */

/** Writes `length` tokens at the cursor of a text field, as a selection that typing replaces. */
export async function completeAtCursor(model, field, length = 8, options = {}) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  const { text } = await model.edit(value, { start, end }, { length, ...options }).result();
  // Everything else stayed, so what is new lies between the same beginning and the same end.
  const suggestion = text.slice(start, text.length - (value.length - end));
  field.setRangeText(suggestion, start, end, "select");
  return suggestion;
}
