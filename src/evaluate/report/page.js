"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const made = (tag, text, name) => {
    const it = document.createElement(tag);
    if (text !== undefined) it.textContent = text;
    if (name) it.className = name;
    return it;
  };
  const options = (select, names, chosen) => {
    select.replaceChildren(...names.map((name, at) => {
      const option = made("option", name);
      option.value = at;
      return option;
    }));
    select.value = chosen;
  };
  const compare = (left, right) => (typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right), "en", { numeric: true }));

  // Headings that sort, figures from the highest and texts from the first; what is no number comes last either way.
  const number = (text) => {
    const found = text.replace(/[,$%<+]/g, "").replace("−", "-").match(/^-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : null;
  };
  const heading = (th, first, sort) => {
    const button = made("button", th.textContent);
    button.type = "button";
    button.addEventListener("click", () => {
      const other = first === "ascending" ? "descending" : "ascending";
      const order = th.getAttribute("aria-sort") === first ? other : first;
      for (const sibling of th.parentNode.children) sibling.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", order);
      sort(order === "ascending" ? 1 : -1);
    });
    th.replaceChildren(button);
  };
  for (const table of document.querySelectorAll("table:not(#list)")) {
    [...table.tHead.rows[0].cells].forEach((th, at) => heading(th, th.className === "number" ? "descending" : "ascending", (sign) => {
      const key = (row) => {
        const text = row.cells[at].textContent;
        return th.className === "number" ? number(text) : text;
      };
      const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
      rows.sort(([left], [right]) => (left === null) - (right === null) || (left === null ? 0 : sign * compare(left, right)));
      table.tBodies[0].append(...rows.map(([, row]) => row));
    }));
  }

  // One dataset at a time.
  const sections = [...document.querySelectorAll("section.dataset")];
  let follow = () => {};
  if (sections.length > 1) {
    const select = find("dataset");
    const show = () => {
      sections.forEach((section, at) => { section.hidden = at !== Number(select.value); });
      follow(sections[select.value].dataset.name);
    };
    options(select, sections.map((section) => section.dataset.name), 0);
    select.addEventListener("change", show);
    find("chooser").hidden = false;
    show();
  }

  // The cases on which two systems differ.
  if (!find("cases")) return;
  const { verdicts, datasets, texts } = JSON.parse(find("cases").textContent);
  const [of, a, b, who, verdict, text, more, list] = ["of", "a", "b", "who", "verdict", "text", "more", "list"].map(find);
  const text_at = (place) => (place < 0 ? "" : texts[place]);
  const STEP = 200;
  let matches = [], shown = 0, column = 0, sign = 1;
  const answer = (row, system) => ({ verdict: row[4][2 * system], text: text_at(row[4][2 * system + 1]) });
  const cell = ({ verdict, text }) => {
    const td = made("td", text);
    td.append(made("span", verdict < 0 ? "did not take part" : verdicts[verdict], verdict === 0 ? "verdict is-right" : "verdict"));
    return td;
  };
  const next = () => {
    const rows = matches.slice(shown, shown + STEP).map((row) => {
      const tr = document.createElement("tr");
      const mention = made("td", text_at(row[1]));
      if (row[3] >= 0) mention.append(made("span", text_at(row[3]), "context"));
      tr.append(made("td", row[0], "number"), mention, made("td", text_at(row[2])), cell(answer(row, a.value)), cell(answer(row, b.value)));
      return tr;
    });
    list.tBodies[0].append(...rows);
    shown += rows.length;
    const left = matches.length - shown;
    more.hidden = left === 0;
    more.textContent = `${left.toLocaleString("en")} more match: show ${Math.min(left, STEP)}`;
  };
  const key = (row) => {
    if (column === 0) return row[0];
    if (column < 3) return text_at(row[column]);
    const said = answer(row, column === 3 ? a.value : b.value);
    return `${said.verdict + 10} ${said.text}`;
  };
  const update = () => {
    const wanted = text.value.trim().toLowerCase();
    const wrong = verdict.value === "" ? null : Number(verdict.value);
    const holds = (row) => {
      const [first, second] = [answer(row, a.value), answer(row, b.value)];
      if (first.verdict < 0 || second.verdict < 0 || (first.verdict === 0) === (second.verdict === 0)) return false;
      if (who.value === "a" && first.verdict !== 0 || who.value === "b" && second.verdict !== 0) return false;
      if (wrong !== null && first.verdict !== wrong && second.verdict !== wrong) return false;
      return !wanted || [text_at(row[1]), text_at(row[2]), first.text, second.text].some((it) => it.toLowerCase().includes(wanted));
    };
    const keyed = datasets[of.value].cases.filter(holds).map((row) => [key(row), row]);
    const order = column === 0 ? (left, right) => left - right : new Intl.Collator("en", { numeric: true }).compare;
    keyed.sort(([left], [right]) => sign * order(left, right));
    matches = keyed.map(([, row]) => row);
    shown = 0;
    list.tBodies[0].replaceChildren();
    find("name-a").firstChild.textContent = `A: ${datasets[of.value].systems[a.value]}`;
    find("name-b").firstChild.textContent = `B: ${datasets[of.value].systems[b.value]}`;
    const right = matches.filter((row) => answer(row, a.value).verdict === 0).length;
    const told = (count) => count.toLocaleString("en");
    find("count").textContent = matches.length ? `${told(matches.length)} match: ${told(right)} only A has right, ${told(matches.length - right)} only B.` : "None match.";
    list.hidden = matches.length === 0;
    next();
  };
  const choose = () => {
    const { systems, pair } = datasets[of.value];
    options(a, systems, pair[0]);
    options(b, systems, pair[1]);
    update();
  };
  [...list.tHead.rows[0].cells].forEach((th, at) => heading(th, "ascending", (direction) => {
    [column, sign] = [at, direction];
    update();
  }));
  list.tHead.rows[0].cells[0].setAttribute("aria-sort", "ascending");
  options(of, datasets.map((dataset) => dataset.name), 0);
  options(verdict, verdicts, 0);
  verdict.options[0].replaceWith(new Option("any", ""));
  verdict.value = "";
  of.addEventListener("change", choose);
  for (const it of [a, b, who, verdict, text]) it.addEventListener("input", update);
  more.addEventListener("click", next);
  find("choice").addEventListener("submit", (event) => event.preventDefault());
  find("choice").hidden = false;
  follow = (name) => {
    const at = datasets.findIndex((dataset) => dataset.name === name);
    if (at >= 0) {
      of.value = at;
      choose();
    }
  };
  choose();
})();
