//! The form of an answer: a table, a document or bare names. A command gives rows, a document and names once; columns,
//! order, CSV and YAML follow from these here.

use std::cmp::Ordering;
use std::ops::Deref;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use super::error::CliError;
use super::table::Table;
use super::{human, watch, yaml};

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for a person
    #[default]
    Table,
    /// The table with more columns
    Wide,
    /// One JSON document with a schema version
    Json,
    /// The same document as YAML
    Yaml,
    /// All columns as comma-separated values: bytes, seconds and RFC 3339 times
    Csv,
    /// Names only, one a line
    Name,
}

/// The options that choose the form.
#[derive(Clone, Debug, Default, Args)]
pub struct Output {
    /// Form of the answer
    #[arg(
        short = 'o',
        long = "output",
        value_enum,
        default_value = "table",
        value_name = "FORM",
        help_heading = "Output"
    )]
    pub format: Format,
    /// Only these columns of the table, in this order: topic,size
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', help_heading = "Output")]
    columns: Vec<String>,
    /// Order the rows by a column; size:desc has the largest first
    #[arg(long, value_name = "COLUMN[:desc]", value_parser = Sort::parse, help_heading = "Output")]
    sort: Option<Sort>,
    /// Leave out the line of column names
    #[arg(long, help_heading = "Output")]
    no_headers: bool,
}

/// The options of a command that only looks: its form, and whether it looks again and again.
#[derive(Clone, Debug, Default, Args)]
pub struct Listing {
    #[command(flatten)]
    output: Output,
    /// Show the answer again every so often, until Ctrl-C [default interval: 2s]
    #[arg(
        id = watch::OPTION,
        long = "watch",
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = "2s",
        value_parser = watch::parse_interval,
        help_heading = "Output"
    )]
    _interval: Option<Duration>,
}

impl Deref for Listing {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.output
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sort {
    column: String,
    descending: bool,
}

impl Sort {
    fn parse(text: &str) -> Result<Sort, String> {
        let (column, descending) = match text.rsplit_once(':') {
            None => (text, false),
            Some((column, "asc")) => (column, false),
            Some((column, "desc")) => (column, true),
            Some((_, other)) => return Err(format!("`{other}` is no order: write COLUMN, COLUMN:asc or COLUMN:desc")),
        };
        if column.is_empty() { Err("name a column".into()) } else { Ok(Sort { column: column.to_owned(), descending }) }
    }
}

/// The version of every document; raised when a field changes its meaning or goes away.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T: ?Sized> {
    schema: u32,
    kind: &'static str,
    data: &'a T,
}

impl Output {
    /// Whether more columns were asked for.
    pub fn is_wide(&self) -> bool {
        self.format == Format::Wide
    }

    /// Whether more is needed than names: the rows, or what orders the names.
    pub fn needs_rows(&self) -> bool {
        self.format != Format::Name || self.sort.is_some()
    }

    /// Whether the answer is read by a person.
    pub fn is_table(&self) -> bool {
        matches!(self.format, Format::Table | Format::Wide)
    }

    /// Whether rows as such are asked for, and not the page that a person reads.
    pub fn is_arranged(&self) -> bool {
        self.sort.is_some() || !self.columns.is_empty() || self.no_headers
    }

    /// Prints `data` in the form that was asked for. `table` makes the rows, with all columns when asked with `true`.
    pub fn print<T: Serialize + ?Sized>(
        &self,
        kind: &'static str,
        data: &T,
        names: impl FnOnce() -> Vec<String>,
        table: impl Fn(bool) -> Table,
    ) -> Result<(), CliError> {
        say(&self.text(kind, data, names, table)?)
    }

    /// What [`Output::print`] prints.
    pub fn text<T: Serialize + ?Sized>(
        &self,
        kind: &'static str,
        data: &T,
        names: impl FnOnce() -> Vec<String>,
        table: impl Fn(bool) -> Table,
    ) -> Result<String, CliError> {
        match self.format {
            Format::Table | Format::Wide => {
                let wide = self.is_wide() || !self.columns.is_empty();
                Ok(self.arranged(table(wide), &table)?.render_with(!self.no_headers))
            }
            Format::Csv => {
                let exact = human::exactly(|| table(true));
                Ok(self.arranged(exact, &table)?.csv(!self.no_headers))
            }
            Format::Name => {
                let mut names = names();
                if let Some(order) = self.order_of(&table, names.len())? {
                    names = order.into_iter().map(|i| names[i].clone()).collect();
                }
                Ok(names.iter().map(|name| format!("{name}\n")).collect())
            }
            Format::Json | Format::Yaml => {
                let mut data = to_value(data)?;
                let rows = data.as_array().map_or(usize::MAX, Vec::len);
                if let Some(order) = self.order_of(&table, rows)?
                    && let Some(all) = data.as_array_mut()
                {
                    *all = order.into_iter().map(|i| all[i].clone()).collect();
                }
                self.document_text(kind, &data)
            }
        }
    }

    /// Rows of an answer that is too long to be kept, as CSV with the columns asked for; `headers` is whether they are
    /// the first.
    pub fn csv_rows(&self, rows: &Table, headers: bool) -> Result<String, CliError> {
        let headers = headers && !self.no_headers;
        if self.columns.is_empty() {
            return Ok(rows.csv(headers));
        }
        let chosen = self.columns.iter().map(|name| find(rows, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(rows.with_columns(&chosen).csv(headers))
    }

    /// Refuses what does not go with an answer that is printed as it is read.
    pub fn check_stream(&self) -> Result<(), CliError> {
        if self.sort.is_some() {
            return Err(CliError::usage("--sort does not go with this: its lines are printed as they are read"));
        }
        if self.format != Format::Csv && !self.columns.is_empty() {
            return Err(
                CliError::usage("--columns goes with -o csv here").with_hint("`jq` takes fields out of -o json")
            );
        }
        Ok(())
    }

    /// Prints an answer that a person reads as pages rather than as rows; `table` has the rows of all pages, for who
    /// asks for columns, an order or CSV.
    pub fn pages<T: Serialize + ?Sized>(
        &self,
        kind: &'static str,
        data: &T,
        names: impl FnOnce() -> Vec<String>,
        page: impl FnOnce(bool) -> String,
        table: impl Fn(bool) -> Table,
    ) -> Result<(), CliError> {
        if self.is_table() && !self.is_arranged() {
            return say(&page(self.is_wide()));
        }
        self.print(kind, data, names, table)
    }

    /// Prints a document that has no rows.
    pub fn document<T: Serialize + ?Sized>(&self, kind: &'static str, data: &T) -> Result<(), CliError> {
        say(&self.document_text(kind, data)?)
    }

    fn document_text<T: Serialize + ?Sized>(&self, kind: &'static str, data: &T) -> Result<String, CliError> {
        if self.format != Format::Yaml {
            return json_text(kind, data);
        }
        let start = if watch::is_on() { "---\n" } else { "" };
        Ok(format!("{start}{}", yaml::write(&to_value(&Document { schema: SCHEMA, kind, data })?)))
    }

    /// The rows in the order and with the columns that were asked for.
    fn arranged(&self, mut shown: Table, table: impl Fn(bool) -> Table) -> Result<Table, CliError> {
        if let Some(order) = self.order(&table)? {
            shown.reorder(&order);
        }
        if self.columns.is_empty() {
            return Ok(shown);
        }
        let chosen = self.columns.iter().map(|name| find(&shown, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(shown.with_columns(&chosen))
    }

    /// The order of the rows, found on exact values: `1.2 GiB` does not sort as text.
    fn order(&self, table: impl Fn(bool) -> Table) -> Result<Option<Vec<usize>>, CliError> {
        let Some(sort) = &self.sort else { return Ok(None) };
        let exact = human::exactly(|| table(true));
        let column = find(&exact, &sort.column)?;
        let keys: Vec<&str> = exact.column(column).collect();
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&a, &b| compare(keys[a], keys[b], sort.descending));
        Ok(Some(order))
    }

    /// The order for a form that is not made of the rows, but of as many things as there are rows.
    fn order_of(&self, table: impl Fn(bool) -> Table, things: usize) -> Result<Option<Vec<usize>>, CliError> {
        if !self.columns.is_empty() {
            return Err(
                CliError::usage("--columns goes with tables and csv").with_hint("`jq` takes fields out of -o json")
            );
        }
        match self.order(table)? {
            Some(order) if order.len() != things => {
                Err(CliError::usage("--sort does not go with this form: what it shows is not made of the table's rows")
                    .with_hint("-o csv is"))
            }
            order => Ok(order),
        }
    }
}

/// Numbers by value, words by letter, what is empty always last.
fn compare(a: &str, b: &str, descending: bool) -> Ordering {
    let turned = |order: Ordering| if descending { order.reverse() } else { order };
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(x), Ok(y)) => turned(x.total_cmp(&y)),
            (Ok(_), Err(_)) => turned(Ordering::Less),
            (Err(_), Ok(_)) => turned(Ordering::Greater),
            (Err(_), Err(_)) => turned(a.cmp(b)),
        },
    }
}

/// The column of that name, with `-` or `_` for a blank and in any case.
fn find(table: &Table, name: &str) -> Result<usize, CliError> {
    let plain = |text: &str| text.trim().to_lowercase().replace(['-', '_'], " ");
    let wanted = plain(name);
    table.headers().position(|header| plain(header) == wanted).ok_or_else(|| {
        let known: Vec<String> = table.headers().map(|header| plain(header).replace(' ', "-")).collect();
        CliError::usage(format!("there is no column `{name}`")).with_hint(format!("the columns: {}", known.join(", ")))
    })
}

fn to_value<T: Serialize + ?Sized>(data: &T) -> Result<Value, CliError> {
    serde_json::to_value(data).map_err(|e| CliError::failed(format!("cannot write the answer as a document: {e}")))
}

/// Prints one JSON document.
pub fn print_json<T: Serialize + ?Sized>(kind: &'static str, data: &T) -> Result<(), CliError> {
    say(&json_text(kind, data)?)
}

fn json_text<T: Serialize + ?Sized>(kind: &'static str, data: &T) -> Result<String, CliError> {
    let document = Document { schema: SCHEMA, kind, data };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|e| CliError::failed(format!("cannot write the answer as JSON: {e}")))?;
    Ok(format!("{text}\n"))
}

/// Writes to stdout. A reader that has gone away, as `head` does, ends the command quietly.
pub fn say(text: &str) -> Result<(), CliError> {
    if watch::keep(text) {
        return Ok(());
    }
    watch::write_out(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(wide: bool) -> Table {
        let mut columns = vec!["TOPIC", ">SIZE", "LAST RECORD"];
        columns.extend(wide.then_some("ID"));
        let mut table = Table::new(&columns);
        for (name, size) in [("small", Some(900)), ("none", None), ("large", Some(3 << 30)), ("middle", Some(2 << 20))]
        {
            let mut row = vec![name.to_owned(), human::or_empty(size, human::size), "now".to_owned()];
            row.extend(wide.then(|| format!("id of {name}")));
            table.row(row);
        }
        table
    }

    fn output(columns: &[&str], sort: Option<&str>) -> Output {
        Output {
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            sort: sort.map(|text| Sort::parse(text).unwrap()),
            ..Output::default()
        }
    }

    fn first_column(output: &Output) -> Vec<String> {
        let arranged = output.arranged(table(true), table).unwrap();
        arranged.column(0).map(str::to_owned).collect()
    }

    #[test]
    fn sizes_are_ordered_by_bytes_and_what_is_not_known_comes_last_either_way() {
        assert_eq!(first_column(&output(&[], Some("size"))), ["small", "middle", "large", "none"]);
        assert_eq!(first_column(&output(&[], Some("size:desc"))), ["large", "middle", "small", "none"]);
    }

    #[test]
    fn columns_come_in_the_order_asked_for_and_by_any_spelling() {
        let shown = output(&["last-record", "ID", "topic"], None).arranged(table(true), table).unwrap();
        assert_eq!(shown.headers().collect::<Vec<_>>(), ["LAST RECORD", "ID", "TOPIC"]);
        assert!(output(&["colour"], None).arranged(table(true), table).is_err());
    }

    #[test]
    fn documents_are_ordered_only_when_they_are_made_of_the_rows() {
        assert_eq!(output(&[], Some("topic")).order_of(table, 4).unwrap(), Some(vec![2, 3, 1, 0]));
        assert!(output(&[], Some("topic")).order_of(table, 3).is_err());
        assert!(output(&["topic"], None).order_of(table, 4).is_err());
    }

    #[test]
    fn an_order_is_a_column_and_a_direction() {
        assert_eq!(Sort::parse("lag-time:desc"), Ok(Sort { column: "lag-time".into(), descending: true }));
        assert!(Sort::parse("lag:down").is_err() && Sort::parse(":desc").is_err());
    }
}
