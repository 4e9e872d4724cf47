//! `EXAM.md`: what the methods and formats came to, in tables.

use std::fmt;

use unmask_exam::{Report, Row};

use super::Measured;
use super::methods::{Methods, Section};

/// Everything that the page tells.
pub struct Page<'a> {
    /// Which of the methods is the reference, and which the default.
    pub methods: &'a Methods,
    /// A row a method.
    pub measured: &'a [Measured],
    /// Other comparisons, with a row a method.
    pub sections: &'a [(Section, Vec<Measured>)],
    /// A row a format of the weights; the section is left out where there is none.
    pub formats: &'a [Measured],
    /// Items of each task.
    pub items: u32,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.sections.iter().flat_map(|(_, measured)| measured);
        let Some(first) = self.measured.iter().chain(others).next() else {
            return Ok(());
        };
        self.head(f, &first.report)?;
        self.method_table(f)?;
        self.task_table(f)?;
        story_table(f, self.measured)?;
        self.section_tables(f)?;
        self.format_table(f)
    }
}

impl Page<'_> {
    fn head(&self, f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
        writeln!(
            f,
            "# Exam\n\n\
             Made by `cargo xtask exam`; do not edit. {} tasks of `tests/exam`, {} items each, \
             asked of `{}` in {} on {}.\n\n\
             *Right* is the mean over the tasks. *Tokens per forward* is how many tokens a network \
             evaluation commits. *Rows* is the sequence's length summed over the forwards: what \
             was computed. Seconds are those of all steps on the machine at hand, with whatever \
             else it did.\n\n\
             ![Right answers against tokens per forward](exam.svg)\n",
            report.tasks.len(),
            self.items,
            report.model,
            report.dtype,
            report.device,
        )
    }

    fn method_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Methods\n")?;
        comparison(f, "method", self.measured, &|name| self.role(name))?;
        writeln!(f, "\n| method | flags of `unmask eval` |\n|---|---|")?;
        for Measured { name, flags, .. } in self.measured {
            writeln!(f, "| {name} | `{}` |", flags.join(" "))?;
        }
        Ok(())
    }

    fn role(&self, name: &str) -> &'static str {
        match name {
            _ if name == self.methods.reference().name => " (reference)",
            _ if name == self.methods.default => " (default)",
            _ => "",
        }
    }

    /// The reference and the default, where they were measured.
    fn main_two(&self) -> Vec<&Measured> {
        let is_main = |m: &&Measured| !self.role(&m.name).is_empty();
        self.measured.iter().filter(is_main).collect()
    }

    fn task_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.main_two();
        let Some(first) = shown.first() else {
            return Ok(());
        };
        let heads: String = shown
            .iter()
            .map(|m| format!(" {0}: right | {0}: tokens per forward |", m.name))
            .collect();
        let rule = "---:|".repeat(2 * shown.len());
        writeln!(
            f,
            "\n## Tasks\n\n| task | canvas |{heads}\n|---|---:|{rule}"
        )?;
        for (index, task) in first.report.tasks.iter().enumerate() {
            let length = task
                .length
                .map_or(String::new(), |length| length.to_string());
            write!(f, "| {} | {length} |", task.name)?;
            for row in shown.iter().filter_map(|m| m.report.tasks.get(index)) {
                write!(f, " {:.1} % | {:.2} |", row.percent, row.tokens_per_forward)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn section_tables(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (section, measured) in self.sections {
            writeln!(f, "\n## {}\n\n{}\n", section.title, section.about.trim())?;
            if !section.tasks.is_empty() {
                let items = section.items.unwrap_or(u32::MAX).min(self.items);
                let tasks = section.tasks.join(", ");
                writeln!(f, "Tasks: {tasks}. {items} items each.\n")?;
            }
            comparison(f, "run", measured, &|_| "")?;
            story_table(f, measured)?;
            writeln!(
                f,
                "\n| run | model | flags of `unmask eval` |\n|---|---|---|"
            )?;
            for Measured {
                name,
                flags,
                report,
            } in measured
            {
                writeln!(f, "| {name} | `{}` | `{}` |", report.model, flags.join(" "))?;
            }
        }
        Ok(())
    }

    fn format_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.formats.is_empty() {
            return Ok(());
        }
        let name = &self.methods.reference().name;
        writeln!(
            f,
            "\n## Formats\n\nThe weights in other formats, all by {name}.\n"
        )?;
        comparison(f, "format", self.formats, &|_| "")
    }
}

/// What was measured of stories, where there were any.
fn story_table(f: &mut fmt::Formatter<'_>, measured: &[Measured]) -> fmt::Result {
    let stories = measured.iter().filter_map(|m| {
        let quality = m.report.tasks.iter().find_map(|task| task.quality);
        quality.map(|quality| (&m.name, quality))
    });
    let stories: Vec<_> = stories.collect();
    if stories.is_empty() {
        return Ok(());
    }
    writeln!(
        f,
        "\n*Names kept*: of the names in the request. *Repeated*: phrases of four words that were \
         said before. *Likelihood*: nats a token, by the judge.\n\n\
         | stories of | names kept | repeated | likelihood |\n|---|---:|---:|---:|"
    )?;
    for (name, quality) in stories {
        let (kept, again) = (100.0 * quality.names_kept, 100.0 * quality.repetition);
        let likelihood = match quality.judged {
            0 => String::new(),
            _ => format!("{:.3}", quality.likelihood),
        };
        writeln!(f, "| {name} | {kept:.1} % | {again:.1} % | {likelihood} |")?;
    }
    Ok(())
}

/// A table with a row for each of `measured`; `role` is what stands behind a name.
fn comparison(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    measured: &[Measured],
    role: &dyn Fn(&str) -> &'static str,
) -> fmt::Result {
    writeln!(
        f,
        "| {what} | right | tokens per forward | forwards | rows | seconds |\n\
         |---|---:|---:|---:|---:|---:|"
    )?;
    for Measured { name, report, .. } in measured {
        let Row {
            tokens_per_forward,
            forwards,
            rows,
            seconds,
            ..
        } = report.total;
        writeln!(
            f,
            "| {name}{} | {:.1} % | {tokens_per_forward:.2} | {forwards} | {rows} | {seconds:.1} |",
            role(name),
            report.mean_percent(),
        )?;
    }
    Ok(())
}
