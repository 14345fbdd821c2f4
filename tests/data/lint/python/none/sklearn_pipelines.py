from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

model = Pipeline([("tfidf", TfidfVectorizer()), ("model", LogisticRegression())])
other = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))
columns = ColumnTransformer([("text", TfidfVectorizer(), "body/text")])
model.fit(["a b", "c d"], [0, 1])
