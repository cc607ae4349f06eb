//! Text to typed value and back, with Kafka's rules (`ConfigDef.parseType`, `convertToString`) and Kafka's messages.

use std::fmt;

use super::setting::{Setting, Type, Valid};

/// A parsed value.
#[derive(Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Value {
    Boolean(bool),
    Int(i32),
    Short(i16),
    Long(i64),
    Double(f64),
    /// STRING and CLASS.
    Text(String),
    List(Vec<String>),
    /// PASSWORD: never printed.
    Secret(String),
}

/// Why a text is no value of a setting; prints the message that Kafka sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The text is of another type, or out of range.
    #[error("Invalid value {value} for configuration {name}: {problem}")]
    Invalid {
        /// The setting.
        name: String,
        /// The value as it was understood so far.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A list with an item between two commas missing.
    #[error("Configuration '{0}' values must not be empty.")]
    EmptyItem(String),
    /// An empty list where at least one item is needed.
    #[error("Configuration '{name}' must not be empty. Valid values include: {valid}")]
    EmptyList {
        /// The setting.
        name: String,
        /// The items that it may have.
        valid: String,
    },
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Secret(_) => f.write_str("[hidden]"),
            other => f.write_str(&other.to_java()),
        }
    }
}

impl Value {
    /// Parses and checks a text for a setting.
    ///
    /// # Errors
    /// What is wrong, in Kafka's words.
    pub fn parse(setting: &Setting, text: &str) -> Result<Value, ValueError> {
        let value = Value::of_type(setting, text.trim())?;
        check(setting, &value)?;
        Ok(value)
    }

    fn of_type(setting: &Setting, text: &str) -> Result<Value, ValueError> {
        let not_a_number = || invalid(setting, text, format!("Not a number of type {}", setting.kind.name()));
        Ok(match setting.kind {
            Type::Boolean if text.eq_ignore_ascii_case("true") => Value::Boolean(true),
            Type::Boolean if text.eq_ignore_ascii_case("false") => Value::Boolean(false),
            Type::Boolean => return Err(invalid(setting, text, "Expected value to be either true or false")),
            Type::Int => Value::Int(text.parse().map_err(|_| not_a_number())?),
            Type::Short => Value::Short(text.parse().map_err(|_| not_a_number())?),
            Type::Long => Value::Long(text.parse().map_err(|_| not_a_number())?),
            Type::Double => {
                // Java takes the suffixes of its float and double literals.
                let digits = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
                Value::Double(digits.parse().map_err(|_| not_a_number())?)
            }
            Type::String | Type::Class => Value::Text(text.to_owned()),
            Type::Password => Value::Secret(text.to_owned()),
            Type::List if text.is_empty() => Value::List(Vec::new()),
            Type::List => {
                let mut items: Vec<String> = Vec::new();
                for item in text.split(',').map(str::trim) {
                    if !items.iter().any(|known| known == item) {
                        items.push(item.to_owned());
                    }
                }
                Value::List(items)
            }
        })
    }

    /// The text as Java prints the value; a secret is `[hidden]`.
    pub fn to_java(&self) -> String {
        match self {
            Value::Boolean(v) => v.to_string(),
            Value::Int(v) => v.to_string(),
            Value::Short(v) => v.to_string(),
            Value::Long(v) => v.to_string(),
            Value::Double(v) => java_double(*v),
            Value::Text(v) => v.clone(),
            Value::List(v) => v.join(","),
            Value::Secret(_) => "[hidden]".to_owned(),
        }
    }
}

fn invalid(setting: &Setting, value: impl Into<String>, problem: impl Into<String>) -> ValueError {
    ValueError::Invalid { name: setting.name.to_owned(), value: value.into(), problem: problem.into() }
}

fn check(setting: &Setting, value: &Value) -> Result<(), ValueError> {
    let refuse = |problem: String| Err(invalid(setting, value.to_java(), problem));
    let (least, most) = match setting.valid {
        Valid::AtLeast(least) => (least as f64, f64::INFINITY),
        Valid::Range(least, most) => (least as f64, most as f64),
        Valid::Fraction(least, most) => (least, most),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    };
    // The bounds in the table are small enough that a double holds them exactly.
    let number = match value {
        Value::Int(v) => Some(f64::from(*v)),
        Value::Short(v) => Some(f64::from(*v)),
        Value::Long(v) => Some(*v as f64),
        Value::Double(v) => Some(*v),
        _ => None,
    };
    match (number, setting.valid, value) {
        (Some(n), _, _) if n < least => refuse(format!("Value must be at least {least}")),
        (Some(n), _, _) if n > most => refuse(format!("Value must be no more than {most}")),
        (Some(n), Valid::GzipLevel, _) if n != -1.0 && !(1.0..=9.0).contains(&n) => {
            refuse("Value must be between 1 and 9 or equal to -1".to_owned())
        }
        (_, Valid::OneOf(words), Value::Text(text)) if !words.contains(&text.as_str()) => {
            refuse(format!("String must be one of: {}", words.join(", ")))
        }
        (_, Valid::OneOfIgnoringCase(words), Value::Text(text))
            if !words.iter().any(|word| word.eq_ignore_ascii_case(text)) =>
        {
            refuse(format!("String must be one of (case insensitive): {}", words.join(", ")))
        }
        (_, Valid::NonEmpty(words), Value::List(items)) if items.is_empty() => {
            let valid =
                if words.is_empty() { "any non-empty value".to_owned() } else { format!("[{}]", words.join(", ")) };
            Err(ValueError::EmptyList { name: setting.name.to_owned(), valid })
        }
        (_, Valid::NonEmpty(_), Value::Text(text)) if text.is_empty() => {
            Err(invalid(setting, "", "String must be non-empty"))
        }
        (_, Valid::ThrottledReplicas, Value::List(items)) if !throttled_replicas(items) => Err(invalid(
            setting,
            format!("[{}]", items.join(", ")),
            format!(
                "{} must be the literal '*' or a list of replicas in the following format: \
                 [partitionId]:[brokerId],[partitionId]:[brokerId],...",
                setting.name
            ),
        )),
        (_, Valid::OffsetReset, Value::Text(text)) if !offset_reset(text) => {
            refuse("Invalid value for auto.offset.reset; use latest, earliest or by_duration:PnDTnHnMn.nS".to_owned())
        }
        (_, Valid::Items(words) | Valid::NonEmpty(words), Value::List(items)) => {
            if items.iter().any(String::is_empty) {
                return Err(ValueError::EmptyItem(setting.name.to_owned()));
            }
            match items.iter().find(|item| !words.is_empty() && !words.contains(&item.as_str())) {
                Some(item) => {
                    Err(invalid(setting, item.as_str(), format!("String must be one of: {}", words.join(", "))))
                }
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn throttled_replicas(items: &[String]) -> bool {
    let pair = |item: &String| {
        item.split_once(':').is_some_and(|(partition, broker)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits(partition) && digits(broker)
        })
    };
    matches!(items, [one] if one == "*") || items.iter().all(pair)
}

fn offset_reset(text: &str) -> bool {
    match text.strip_prefix("by_duration:") {
        Some(duration) => {
            let Some(rest) = duration.strip_prefix(['P', 'p']) else { return false };
            rest.bytes().any(|b| b.is_ascii_digit())
                && rest.bytes().all(|b| b.is_ascii_digit() || b".DTHMSdthms".contains(&b))
        }
        None => matches!(text, "earliest" | "latest"),
    }
}

/// A double as `Double.toString` prints it: `0.5`, `1.0`, `1.7976931348623157E308`.
pub(crate) fn java_double(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if size == 0.0 || (1e-3..1e7).contains(&size) {
        format!("{number:?}")
    } else {
        let text = format!("{number:E}");
        match text.split_once('E') {
            Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
            _ => text,
        }
    }
}

impl fmt::Display for Valid {
    /// As Kafka's documentation writes the legal values; empty when every value of the type is legal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Valid::Any => Ok(()),
            Valid::AtLeast(least) => write!(f, "[{least},...]"),
            Valid::Range(least, most) => write!(f, "[{least},...,{most}]"),
            Valid::Fraction(least, most) => write!(f, "[{least},...,{most}]"),
            Valid::OneOf(words) | Valid::OneOfIgnoringCase(words) => write!(f, "[{}]", words.join(", ")),
            Valid::Items([]) => Ok(()),
            Valid::NonEmpty([]) => f.write_str("not empty"),
            Valid::Items(words) | Valid::NonEmpty(words) => write!(f, "[{}]", words.join(", ")),
            Valid::GzipLevel => f.write_str("[1,...,9] or -1"),
            Valid::ThrottledReplicas => f.write_str("[partitionId]:[brokerId],[partitionId]:[brokerId],..."),
            Valid::OffsetReset => f.write_str("[latest, earliest, by_duration:PnDTnHnMn.nS]"),
        }
    }
}
