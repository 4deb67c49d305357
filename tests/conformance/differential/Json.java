import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Just enough JSON for lines of cases. Whole numbers become Integer, Long or
 * BigInteger, others BigDecimal: no number goes through binary.
 */
final class Json {
	private final String text;
	private int at;

	private Json(String text) {
		this.text = text;
	}

	static Object read(String text) {
		Json json = new Json(text);
		Object value = json.value();

		json.skipSpace();
		if (json.at != text.length()) {
			throw json.wrong("the end");
		}
		return value;
	}

	private IllegalArgumentException wrong(String expected) {
		return new IllegalArgumentException(
		    "JSON: expected " + expected + " at " + at);
	}

	private void skipSpace() {
		while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
			at++;
		}
	}

	private boolean accept(String token) {
		if (text.startsWith(token, at)) {
			at += token.length();
			return true;
		}
		return false;
	}

	private void expect(String token) {
		if (!accept(token)) {
			throw wrong(token);
		}
	}

	private Object value() {
		skipSpace();
		if (accept("{")) {
			return object();
		}
		if (accept("[")) {
			return array();
		}
		if (accept("\"")) {
			return string();
		}
		if (accept("true")) {
			return true;
		}
		if (accept("false")) {
			return false;
		}
		if (accept("null")) {
			return null;
		}
		return number();
	}

	private Map<String, Object> object() {
		Map<String, Object> map = new LinkedHashMap<>();

		skipSpace();
		if (accept("}")) {
			return map;
		}
		do {
			skipSpace();
			expect("\"");
			String key = string();
			skipSpace();
			expect(":");
			map.put(key, value());
			skipSpace();
		} while (accept(","));
		expect("}");
		return map;
	}

	private List<Object> array() {
		List<Object> list = new ArrayList<>();

		skipSpace();
		if (accept("]")) {
			return list;
		}
		do {
			list.add(value());
			skipSpace();
		} while (accept(","));
		expect("]");
		return list;
	}

	private String string() {
		StringBuilder out = new StringBuilder();

		for (;;) {
			char c = text.charAt(at++);

			if (c == '"') {
				return out.toString();
			}
			if (c != '\\') {
				out.append(c);
				continue;
			}
			c = text.charAt(at++);
			if (c == 'u') {
				out.append((char) Integer.parseInt(
				    text.substring(at, at + 4), 16));
				at += 4;
			} else {
				int escape = "bfnrt".indexOf(c);
				out.append(escape < 0 ? c : "\b\f\n\r\t".charAt(escape));
			}
		}
	}

	private Number number() {
		int start = at;

		while (at < text.length() &&
		    "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
			at++;
		}
		String digits = text.substring(start, at);
		if (!digits.matches("-?\\d+")) {
			return new BigDecimal(digits);
		}
		BigInteger whole = new BigInteger(digits);
		if (whole.bitLength() < 32) {
			return whole.intValue();
		}
		return whole.bitLength() < 64 ? (Number) whole.longValue() : whole;
	}

	static void writeString(StringBuilder out, String string) {
		out.append('"');
		for (int i = 0; i < string.length(); i++) {
			char c = string.charAt(i);

			if (c == '"' || c == '\\') {
				out.append('\\').append(c);
			} else if (c < 0x20 || c >= 0x7f && c < 0xa0 ||
			    c == 0x2028 || c == 0x2029 || Character.isSurrogate(c)) {
				out.append(String.format("\\u%04x", (int) c));
			} else {
				out.append(c);
			}
		}
		out.append('"');
	}
}
