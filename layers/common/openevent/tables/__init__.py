"""Tables of an event, as spreadsheets and data programs read them: CSV, XLSX, a Data Package."""
